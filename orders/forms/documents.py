"""The file of a dossier, from clients and from agents: one field, so that it is checked alike."""

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from orders.services import uploads
from portal.files import sniffing
from portal.files.checks import check_pdf, check_upload

LARGEST = 10 * 1024**2
ALLOWED = {sniffing.PDF, sniffing.PNG, sniffing.JPEG}
GONE = _("The file that was kept is no longer there: choose it once more.")


class Reference(str):
    """What came instead of a file: the reference to the one that was kept."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file that waits in the store, as the form shows it. ``size`` in bytes."""

    name: str
    size: int
    reference: str


class DocumentInput(forms.FileInput):
    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The file that was chosen now, else the one that was kept and not removed."""
        file, kept = super().value_from_datadict(data, files, name), data.get(f"{name}_kept", "")
        if file or not kept or kept == data.get(f"{name}_drop"):
            return file
        return Reference(kept)

    def use_required_attribute(self, initial: Any) -> bool:  # noqa: ARG002
        return False  # one may be kept


class DocumentFileField(forms.FileField):
    """One file that a dossier takes: a PDF without surprises, or a picture.

    ``holder``: for whom a kept file is taken up, see ``portal.files.kept``; "" for nobody. After
    cleaning ``accepted`` has what could be kept, in a form that is refused for whatever reason.
    """

    holder = ""
    accepted: Any = None
    kept: Kept | None = None
    not_kept = ""  # its name

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("File"))
        widget = DocumentInput({"accept": ".pdf,.png,.jpg,.jpeg"})
        help_text = _("PDF, PNG or JPEG, of up to 10 MB.")
        options.setdefault("template_name", "orders/_file.html")
        super().__init__(widget=widget, help_text=help_text, **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """An upload, or the ``uploads.StoredFile`` that was kept."""
        if isinstance(data, Reference):
            self.accepted = uploads.referred(data, holder=self.holder)
            if self.accepted is None:
                raise ValidationError(GONE, code="gone")
            return self.accepted
        file = super().clean(data, initial)
        if file:
            kind = check_upload(file, allowed=ALLOWED, max_bytes=LARGEST)
            if kind == sniffing.PDF:
                check_pdf(file)
            self.accepted = file
        return file

    def show_kept(self, file: uploads.StoredFile) -> None:
        """Have the form name this stored file, and take it up when it is sent again."""
        self.kept = Kept(
            name=file.name, size=file.stored.size,
            reference=uploads.reference(file, holder=self.holder),
        )  # fmt: skip


def file_of(form: forms.BaseForm) -> DocumentFileField:
    """The one field for a file of a form of a dossier."""
    return cast(DocumentFileField, form.fields["file"])
