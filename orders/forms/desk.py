"""What staff fill in: the filter of the desk, and what an act asks for."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from orders.forms.documents import DocumentFileField
from orders.models import CustomerType, Order, Product
from orders.models.orders import OrderQuerySet
from orders.services.deadlines import ATTENTION, parts_of
from orders.services.finding import found_in
from portal.ui.fields import DayField

ALL = gettext_lazy("All")
AGES = (7, 15, 30, 90)  # days in the same state


class OrderFilter(forms.Form):
    """Narrows the desk's list; all of it stands in the address."""

    q = forms.CharField(
        label=gettext_lazy("Search"), required=False, max_length=100,
        widget=forms.TextInput({"placeholder": gettext_lazy("number, CPF, CNPJ, name, e-mail")}),
    )  # fmt: skip
    status = forms.ChoiceField(
        label=gettext_lazy("Status"), required=False, choices=[("", ALL), *Order.Status.choices]
    )
    type = forms.ChoiceField(
        label=gettext_lazy("Type of customer"), required=False,
        choices=[("", ALL), *CustomerType.choices],
    )  # fmt: skip
    product = forms.ModelChoiceField(
        Product.objects.all(), label=gettext_lazy("Product"), required=False, empty_label=ALL
    )
    age = forms.TypedChoiceField(
        label=gettext_lazy("In the same state for"), required=False, coerce=int, empty_value=None,
        choices=[
            ("", gettext_lazy("Any time")),
            *(
                (days, ngettext_lazy("%(n)d day or more", "%(n)d days or more", days) % {"n": days})
                for days in AGES
            ),
        ],
    )  # fmt: skip
    since = DayField(label=gettext_lazy("Requested from"), required=False)
    until = DayField(label=gettext_lazy("Requested until"), required=False)
    attention = forms.ChoiceField(
        label=gettext_lazy("Waits for somebody"), required=False,
        choices=[("", ALL), *((name, label) for name, (label, _which) in ATTENTION.items())],
    )  # fmt: skip

    def apply(self, orders: OrderQuerySet, *, at: datetime) -> OrderQuerySet:
        """What was filled in wrongly matches nothing."""
        if not self.is_valid():
            return orders.none()
        values = self.cleaned_data
        for name, field in (
            ("status", "status"),
            ("type", "customer_type"),
            ("product", "product"),
        ):
            if values[name]:
                orders = orders.filter(**{field: values[name]})
        if values["age"]:
            orders = orders.filter(status_since__lte=at - timedelta(days=values["age"]))
        if values["attention"]:
            orders = orders.filter(ATTENTION[values["attention"]][1](at))
        orders = orders.filter(self._period())
        return found_in(orders, values["q"]) if values["q"].strip() else orders  # type: ignore[return-value]

    @property
    def asked(self) -> dict[str, str]:
        """What narrows the list, as the address says it."""
        return {name: value for name in self.fields if (value := str(self[name].value() or ""))}

    @property
    def parts(self) -> list[Q]:
        """See ``portal.ui.pages.keyset_page``."""
        return parts_of(self.cleaned_data["attention"]) if self.is_valid() else []

    def _period(self) -> Q:
        """Both days are within it."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        asked = Q(requested_at__gte=_midnight(since)) if since else Q()
        if until:
            asked &= Q(requested_at__lt=_midnight(until + timedelta(days=1)))
        return asked


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


class NoteForm(forms.Form):
    """Something to say with an act, or nothing."""

    note = forms.CharField(
        label=gettext_lazy("Note (the client reads it)"), max_length=400, required=False,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip


class ReasonForm(NoteForm):
    """An act that wants its reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = gettext_lazy("Reason (the client reads it)")
        self.fields["note"].required = True


class PendForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What is missing, as the client is to read it"), max_length=300,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip


class RefundForm(forms.Form):
    how = forms.CharField(
        label=gettext_lazy("How it was given back, when and to whom (the payer reads it)"),
        max_length=300, widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip


class IssuedForm(forms.Form):
    """The certificate as the authority issued it."""

    serial = forms.CharField(
        label=gettext_lazy("Serial number of the certificate"), max_length=64,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    issued_on = DayField(label=gettext_lazy("Issued on"))
    valid_until = DayField(label=gettext_lazy("Valid until"))

    def clean_serial(self) -> str:
        text = "".join(str(self.cleaned_data["serial"]).split()).replace(":", "").upper()
        if not text or set(text) - set("0123456789ABCDEF"):
            raise ValidationError(
                _("A serial number has the digits 0 to 9 and the letters A to F alone.")
            )
        return text

    def clean_issued_on(self) -> date:
        day: date = self.cleaned_data["issued_on"]
        if day > timezone.localdate():
            raise ValidationError(_("This day is in the future."))
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("issued_on"), values.get("valid_until")
        if first and last and last <= first:
            self.add_error("valid_until", _("The validity ends before it begins."))
        return values


class DocumentForm(forms.Form):
    """A document that the agent puts into the dossier."""

    kind = forms.CharField(label=gettext_lazy("Document"), max_length=120,
        widget=forms.TextInput({"placeholder": gettext_lazy("Identity card, proof of address…")}),
    )  # fmt: skip
    file = DocumentFileField()
