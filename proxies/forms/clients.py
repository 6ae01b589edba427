"""Clients of an office: what is filled in about one, and the filter of their list."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.models import Company
from portal.ui.fields import DayField
from proxies.forms.choice import with_key
from proxies.forms.proxy import HolderField
from proxies.models import OfficeClient, Proxy
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
    access = forms.ModelChoiceField(
        Proxy.objects.none(), label=pgettext_lazy("access", "Proxy"), required=False,
        empty_label=_("— All —"),
    )  # fmt: skip

    def __init__(self, data: Any, *, office: Company) -> None:
        """An access only where its page asks for its clients: an office has many."""
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        if asked := data.get("access", ""):
            fields["access"].queryset = with_key(Proxy.objects.filter(office=office), asked)
        else:
            del fields["access"]

    def apply(self, clients: OfficeClientQuerySet, on: date) -> OfficeClientQuerySet:
        """Those that are asked for. What is filled in wrongly matches nothing."""
        if self.errors:
            return clients.none()
        q, served = self.cleaned_data["q"], self.cleaned_data["served"]
        if q:
            clients = clients.found_by(q)
        if access := self.cleaned_data.get("access"):
            clients = clients.filter(proxies=access)
        if served == "yes":
            return clients.served(on)
        return clients.filter(ended_on__lte=on) if served else clients
