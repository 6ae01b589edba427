"""Files that come with an order or an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.files import sniffing
from portal.files.checks import check_upload
from tickets.services import uploads
from tickets.services.thread import NewFile

GONE = gettext_lazy("Files that were kept are no longer there: choose them once more.")
MEGABYTE = 1024**2
LARGEST = 10 * MEGABYTE  # of one file
TOGETHER = 25 * MEGABYTE
OF_STRANGERS = 5 * MEGABYTE  # together: nobody knows them yet
MOST = 10
ALLOWED = {
    sniffing.PDF, sniffing.PNG, sniffing.JPEG, sniffing.GIF, sniffing.WEBP, sniffing.TEXT,
    sniffing.CSV, sniffing.XLSX, sniffing.DOCX, sniffing.ODS, sniffing.XLS, sniffing.XML,
    sniffing.ZIP, sniffing.PKCS7,
}  # fmt: skip
_ENDINGS = [*sorted(f".{sniffing.EXTENSIONS[kind]}" for kind in ALLOWED), ".jpeg"]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a form brings: files, and references to those that were kept when it was refused."""

    files: list[Any]
    references: list[str]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file that waits in the store, as the form shows it. ``size`` in bytes."""

    name: str
    size: int
    reference: str


class FilesInput(forms.ClearableFileInput):
    template_name = "django/forms/widgets/input.html"
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Sent:
        removed = set(_all(data, f"{name}_drop"))
        kept = [text for text in _all(data, f"{name}_kept") if text not in removed]
        return Sent(files=[file for file in _all(files, name) if file], references=kept)


class FilesField(forms.FileField):
    """Several files; each that is refused is named with its reason. Gives a list.

    ``holder``: for whom kept files are taken up, see ``uploads.reference``; "" for nobody. After
    cleaning ``accepted`` has what could be kept, in a form that is refused for whatever reason.
    """

    holder = ""

    def __init__(self, *, together: int = TOGETHER, **options: Any) -> None:
        defaults: dict[str, Any] = {
            "label": gettext_lazy("Files"), "required": False,
            "widget": FilesInput({"multiple": True, "accept": ",".join(_ENDINGS)}),
            "template_name": "tickets/_files.html",
        }  # fmt: skip
        super().__init__(**{**defaults, **options})
        self.most, self.largest, self.together = MOST, LARGEST, together
        # Set anew and never added to: the copies of a field, one in each form, share them.
        self.accepted: Sequence[Any] = ()
        self.not_kept: Sequence[str] = ()  # names
        self.kept: Sequence[Kept] = ()
        self.help_text = format_lazy(
            gettext_lazy(
                "Up to {most} files: PDF, images, text, spreadsheets, documents or zip."
                " Each of up to {largest} MB, all together up to {together} MB."
            ),
            most=MOST, largest=min(LARGEST, together) // MEGABYTE, together=together // MEGABYTE,
        )  # fmt: skip

    def clean(self, data: Any, initial: Any = None) -> list[Any]:  # noqa: ARG002
        accepted: list[Any] = uploads.referred(data.references, holder=self.holder)
        not_kept, errors = [], []
        if len(accepted) < len(set(data.references)):
            errors.append(str(GONE))
        for file in data.files:
            if text := self._too_much(accepted, file):
                not_kept.append(file.name)
                errors.append(text)
            elif text := self._refused(file):
                errors.append(text)
            else:
                accepted.append(file)
        self.accepted, self.not_kept = accepted, not_kept
        if errors:
            raise ValidationError([ValidationError(text) for text in dict.fromkeys(errors)])
        return accepted

    @property
    def left(self) -> int:
        """Bytes for which there is room beside what is kept."""
        return max(0, self.together - sum(file.size for file in self.kept))

    def show_kept(self, files: list[NewFile]) -> None:
        """Have the form name these stored files, and take them up when it is sent again."""
        self.kept = [
            Kept(
                name=file.name, size=file.size,
                reference=uploads.reference(file, holder=self.holder),
            )
            for file in files
        ]  # fmt: skip

    def _too_much(self, accepted: Sequence[Any], file: Any) -> str:
        if len(accepted) >= MOST:
            return _("At most %(most)s files.") % {"most": MOST}
        if sum(one.size for one in (*accepted, file)) > self.together:
            most = self.together // MEGABYTE
            return _("All files together: at most %(most)s MB.") % {"most": most}
        return ""

    def _refused(self, file: Any) -> str:
        try:
            file.content_type = check_upload(file, allowed=ALLOWED, max_bytes=LARGEST)
        except ValidationError as error:
            return f"{file.name}: {' '.join(error.messages)}"
        return ""


def _all(data: Any, name: str) -> list[Any]:
    """All values of this name, of a form that was sent or of a dictionary."""
    if hasattr(data, "getlist"):
        return list(data.getlist(name))
    found = data.get(name, [])
    return found if isinstance(found, list) else [found]
