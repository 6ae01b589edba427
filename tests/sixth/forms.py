from typing import Any

from django import forms

from portal.accounts.forms.registration import DetailsForm
from portal.sheets.fields import SheetField
from tests.sixth.models import PassQuerySet


class PassFilter(forms.Form):
    plate = forms.CharField(label="Placa", required=False)

    def apply(self, passes: PassQuerySet) -> PassQuerySet:
        return passes.filter(plate__startswith=self["plate"].value() or "")


class ImportForm(forms.Form):
    file = SheetField(label="Planilha", max_bytes=100_000)


class PlateForm(DetailsForm):
    plate = forms.CharField(label="Placa", max_length=8)


def keep_plate(user: Any, values: dict[str, Any]) -> None:
    """What came of a registration; a real desk would write a row."""
    user.plate = values["plate"]
