"""What staff fill in about charges."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.payments.models import Agreement, Charge
from portal.payments.services import finding
from portal.ui.fields import CentsField, DayField


class ChargeFilter(forms.Form):
    """State, agreement, and a payer, number or amount. What is unknown is left out."""

    status = forms.ChoiceField(
        label=_("State"), required=False,
        choices=[("", _("All")), (finding.LATE, _("Late")), *Charge.Status.choices],
    )  # fmt: skip
    agreement = forms.ModelChoiceField(
        label=_("Agreement"), required=False, queryset=Agreement.objects.order_by("name"),
        empty_label=_("All"),
    )  # fmt: skip
    q = forms.CharField(
        label=_("Payer, number or amount"), max_length=60, required=False, widget=forms.SearchInput,
    )  # fmt: skip

    def __init__(self, data: QueryDict) -> None:
        asked = {name: data.get(name, "") for name in ("status", "agreement", "q")}
        known = {str(value) for value, _label in self.base_fields["status"].choices}  # type: ignore[attr-defined]
        asked["status"] = asked["status"] if asked["status"] in known else ""
        if not asked["agreement"].isdecimal():
            asked["agreement"] = ""
        super().__init__(asked)

    def apply(self, charges: QuerySet[Charge]) -> QuerySet[Charge]:
        if not self.is_valid():
            return charges.none()
        values = self.cleaned_data
        if values["status"] == finding.LATE:
            charges = finding.late(charges, today=timezone.localdate())
        elif values["status"]:
            charges = charges.filter(status=values["status"])
        if values["agreement"]:
            charges = charges.filter(agreement=values["agreement"])
        return finding.search(charges, values["q"]) if values["q"].strip() else charges


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReceiveForm(ReasonForm):
    """Money that came by another way; the amount without interest and fine."""

    cents = CentsField(
        label=_("Amount received, without interest and fine"),
        help_text=_("What counts toward the charge."),
    )
    paid_on = DayField(label=_("Paid on"))
    field_order = ("cents", "paid_on", "reason")

    def __init__(self, data: Any, *, charge: Charge) -> None:
        today = timezone.localdate()
        super().__init__(data, initial={"cents": charge.missing_cents, "paid_on": today})
        self.fields["reason"].label = _("How it came")
        self.fields["reason"].help_text = _("For instance: transfer of 10/11, receipt 123.")

    def clean_cents(self) -> int:
        return _positive(self.cleaned_data["cents"])


class RefundForm(ReasonForm):
    """Money that was given back."""

    cents = CentsField(label=_("Amount given back"))
    field_order = ("cents", "reason")

    def __init__(self, data: Any, *, charge: Charge) -> None:
        super().__init__(data, initial={"cents": charge.to_refund_cents})
        self.fields["reason"].label = _("How it was given back")
        self.fields["reason"].help_text = _("For instance: Pix to the payer on 10/11.")

    def clean_cents(self) -> int:
        return _positive(self.cleaned_data["cents"])


def _positive(cents: int) -> int:
    if cents <= 0:
        raise ValidationError(_("Enter an amount above zero."))
    return cents
