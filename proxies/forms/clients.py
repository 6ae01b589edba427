"""Clients of an office: what is filled in about one, and the filter of their list."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.taxid import normalise
from portal.ui.fields import DayField
from proxies.forms.proxy import HolderField
from proxies.models import OfficeClient
from proxies.models.offices import OfficeClientQuerySet


class ClientForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=160)
    tax_id = HolderField(label=_("CNPJ or CPF"), max_length=18)

    def __init__(self, data: Any = None, *, client: OfficeClient | None = None) -> None:
        start = {"name": client.name, "tax_id": client.tax_id} if client else {}
        super().__init__(data, initial=start)


class EndForm(forms.Form):
    on = DayField(
        label=_("First day without the contract"), initial=timezone.localdate,
        help_text=_("From this day on the client is not offered for new accesses."),
    )  # fmt: skip


class ClientFilter(forms.Form):
    q = forms.CharField(label=_("Name, CNPJ or CPF"), required=False, max_length=100)
    served = forms.ChoiceField(
        label=_("Contract"), required=False,
        choices=[("", _("— All —")), ("yes", _("In force")), ("no", _("Ended"))],
    )  # fmt: skip

    def apply(self, clients: OfficeClientQuerySet, on: date) -> OfficeClientQuerySet:
        """Those that are asked for. What is filled in wrongly matches nothing."""
        if self.errors:
            return clients.none()
        q, served = self.cleaned_data["q"], self.cleaned_data["served"]
        if number := normalise(q):
            words = clients.filter(tax_id=number)
            named = clients
            for word in q.split()[:8]:
                named = named.filter(name__icontains=word)
            clients = words | named
        if served == "yes":
            return clients.served(on)
        return clients.filter(ended_on__lte=on) if served else clients
