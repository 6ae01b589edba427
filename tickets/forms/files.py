"""Files that come with an order or an answer."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.files import sniffing
from portal.files.checks import check_upload

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


class FilesInput(forms.ClearableFileInput):
    template_name = "django/forms/widgets/input.html"
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; each that is refused is named with its reason. Gives a list."""

    def __init__(self, *, together: int = TOGETHER, **options: Any) -> None:
        defaults: dict[str, Any] = {
            "label": gettext_lazy("Files"), "required": False,
            "widget": FilesInput({"multiple": True, "accept": ",".join(_ENDINGS)}),
            "template_name": "tickets/_files.html",
        }  # fmt: skip
        super().__init__(**{**defaults, **options})
        self.most, self.largest, self.together = MOST, LARGEST, together
        self.help_text = format_lazy(
            gettext_lazy(
                "Up to {most} files: PDF, images, text, spreadsheets, documents or zip."
                " Each of up to {largest} MB, all together up to {together} MB."
            ),
            most=MOST, largest=min(LARGEST, together) // MEGABYTE, together=together // MEGABYTE,
        )  # fmt: skip

    def clean(self, data: Any, initial: Any = None) -> list[Any]:  # noqa: ARG002
        files = [file for file in (data if isinstance(data, list) else [data]) if file]
        if len(files) > MOST:
            raise ValidationError(_("At most %(most)s files.") % {"most": MOST})
        if sum(file.size for file in files) > self.together:
            most = self.together // MEGABYTE
            raise ValidationError(_("All files together: at most %(most)s MB.") % {"most": most})
        errors = [ValidationError(text) for file in files if (text := self._refused(file))]
        if errors:
            raise ValidationError(errors)
        return files

    def _refused(self, file: Any) -> str:
        try:
            file.content_type = check_upload(file, allowed=ALLOWED, max_bytes=LARGEST)
        except ValidationError as error:
            return f"{file.name}: {' '.join(error.messages)}"
        return ""
