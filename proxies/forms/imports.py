"""Handing in a spreadsheet of accesses."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.sheets.fields import SheetField
from proxies.services.importing import MAX_BYTES


class ImportForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the import"), max_length=120, required=False,
        help_text=_("Empty: the name of the file."),
    )  # fmt: skip
    file = SheetField(
        label=_("Spreadsheet of accesses"), max_bytes=MAX_BYTES,
        help_text=_("It is read at once and not kept. Afterwards delete it from your computer too."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("name") and values.get("file"):
            values["name"] = str(values["file"].name)[:120]
        return values
