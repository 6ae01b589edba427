"""The form field for a spreadsheet that is handed in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

_KINDS = ".csv,.txt,.xlsx"


class SheetField(forms.FileField):
    """A CSV or XLSX file of at most ``max_bytes``; what is in it, ``reading.read`` tells."""

    def __init__(self, *, max_bytes: int, **options: Any) -> None:
        self.max_bytes = max_bytes
        options.setdefault("widget", forms.FileInput({"accept": _KINDS}))
        super().__init__(allow_empty_file=True, **options)

    def clean(self, data: Any, initial: Any = None) -> File[bytes] | None:
        file: File[bytes] | None = super().clean(data, initial)
        if file and file.size > self.max_bytes:
            raise ValidationError(
                _("The file has %(size)s; at most %(limit)s are accepted."), code="too_large",
                params={"size": filesizeformat(file.size), "limit": filesizeformat(self.max_bytes)},
            )  # fmt: skip
        return file
