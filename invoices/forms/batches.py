"""Handing in a batch of documents."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from invoices.services.batch_sources import MAX_MANIFEST
from portal.sheets.fields import SheetField

# Zip and XLSX alike; what is in a zip is looked at in the background.
_ZIP = b"PK\x03\x04"
_MB = 1024**2


def check_size(file: File[Any], most: int) -> None:
    """Raise ValidationError for a file of more than ``most`` bytes."""
    if (file.size or 0) > most:
        raise ValidationError(
            _("The file has more than %(limit)s MB."), code="too_large",
            params={"limit": most // _MB},
        )  # fmt: skip


class BatchForm(forms.Form):
    """A zip, and its manifest unless that is inside."""

    name = forms.CharField(
        label=_("Name of the batch"), max_length=120, required=False,
        help_text=_("For example “Faturas 03/2026”. Empty: the name of the zip."),
    )  # fmt: skip
    file = forms.FileField(
        label=_("Zip with the documents"),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
    )
    manifest = SheetField(
        label=_("Manifest"), required=False, max_bytes=MAX_MANIFEST,
        help_text=_("CSV or XLSX. Leave empty when manifesto.csv or manifesto.xlsx is in the zip."),
    )  # fmt: skip

    def clean_file(self) -> File[Any]:
        file: File[Any] = self.cleaned_data["file"]
        check_size(file, settings.BATCH_MAX_BYTES)
        start = file.read(4)
        file.seek(0)
        if start != _ZIP:
            raise ValidationError(_("This is not a zip with files in it."), code="type")
        return file

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("name") and values.get("file"):
            values["name"] = str(values["file"].name).removesuffix(".zip")[:120]
        return values
