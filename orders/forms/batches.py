"""Handing in a spreadsheet of orders."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.sheets.fields import SheetField


class OrderBatchForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the import"), max_length=120, required=False,
        help_text=_("Empty: the name of the file."),
    )  # fmt: skip
    file = SheetField(label=_("Spreadsheet of orders"), max_bytes=10 * 1024**2)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("name") and values.get("file"):
            values["name"] = str(values["file"].name)[:120]
        return values
