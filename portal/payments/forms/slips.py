"""What staff fill in for a new slip: its due date, or another payer."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.municipalities.forms import CepField
from portal.payments.models import Charge, Payer
from portal.ui.fields import DayField


class NewSlipForm(forms.Form):
    """A second copy ("2ª via"): until when it is to be paid."""

    due_on = DayField(label=_("Due date"))

    def __init__(self, data: Any, *, charge: Charge) -> None:
        today = timezone.localdate()
        later = today + timedelta(days=charge.agreement.days_to_pay)
        due_on = charge.due_on if charge.due_on >= today else later
        super().__init__(data, initial={"due_on": due_on})


class PayerForm(forms.ModelForm[Payer]):
    """Who pays, as it will stand on the slip. ``instance`` is a new row, which is not saved."""

    cep = CepField()

    class Meta:
        model = Payer
        fields = (
            "name", "tax_id", "email", "cep", "street", "complement", "district", "city", "state",
        )  # fmt: skip

    def __init__(self, data: Any, *, charge: Charge) -> None:
        known = {name: getattr(charge.payer, name) for name in self.Meta.fields}
        super().__init__(data, initial=known)
        for name in ("street", "district", "city", "state"):
            self.fields[name].required = True
