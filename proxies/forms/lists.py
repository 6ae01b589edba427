"""The filter of a list of accesses."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.models import Company
from proxies.forms.choice import FEW, with_key
from proxies.models import Agency, Kind, OfficeClient, Sphere, State
from proxies.models.offices import OfficeClientQuerySet
from proxies.models.proxies import ProxyQuerySet
from proxies.services.listing import STEPS, ending_in, found_in, step_label

ALL = _("— All —")


class ClientField(forms.ModelChoiceField[OfficeClient]):
    """A client by name and number: two may have one name."""

    def label_from_instance(self, client: Any) -> str:
        return " · ".join(filter(None, [client.name, client.shown_tax_id]))


class ProxyFilter(forms.Form):
    """What was destroyed is shown only where it is asked for.

    ``proxies``: those among which it chooses. ``office``: the one whose list it is; staff choose
    theirs among all.
    """

    q = forms.CharField(label=_("Name, holder or agency"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=pgettext_lazy("access", "State"), required=False,
        choices=[("", _("— All but destroyed —")), *State.choices],
    )  # fmt: skip
    left = forms.ChoiceField(
        label=_("Time left"), required=False,
        choices=[("", ALL), *((str(step), lazy(step_label, str)(step)) for step in STEPS)],
    )  # fmt: skip
    sphere = forms.ChoiceField(
        label=_("Sphere"), required=False, choices=[("", ALL), *Sphere.choices]
    )
    kind = forms.ChoiceField(
        label=_("Type of access"), required=False, choices=[("", ALL), *Kind.choices]
    )
    agency = forms.ModelChoiceField(
        Agency.objects.none(), label=_("Agency"), required=False, empty_label=ALL
    )
    client = ClientField(
        OfficeClient.objects.none(), label=_("Client of the office"), required=False,
        empty_label=ALL,
    )  # fmt: skip
    office = forms.ModelChoiceField(
        Company.objects.filter(kind=Company.Kind.OFFICE), label=_("Office"), required=False,
        empty_label=ALL,
    )  # fmt: skip

    def __init__(self, data: Any, *, office: Company | None = None) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        if office:
            used = Agency.objects.filter(proxies__office=office)
            self._offer_clients(OfficeClient.objects.filter(office=office))
            del fields["office"]
        else:
            used = Agency.objects.all()
            del fields["client"]
        fields["agency"].queryset = used.order_by("name").distinct()

    def _offer_clients(self, clients: OfficeClientQuerySet) -> None:
        """Of many only the one whose page led here."""
        asked, field = self.data.get("client", ""), cast("Any", self.fields["client"])
        if clients.order_by()[: FEW + 1].count() <= FEW:
            field.queryset = clients
        elif asked:
            field.queryset = with_key(clients, asked)
        else:
            del self.fields["client"]

    def apply(self, proxies: ProxyQuerySet, on: date) -> ProxyQuerySet:
        """Those that are asked for. What is filled in wrongly matches nothing."""
        if self.errors:
            return proxies.none()
        asked = self.cleaned_data
        for name, lookup in (
            ("sphere", "agency__sphere"), ("kind", "kind"), ("agency", "agency"), ("office", "office"),
            ("client", "clients"),
        ):  # fmt: skip
            if asked.get(name):
                proxies = proxies.filter(**{lookup: asked[name]})
        if asked["q"]:
            proxies = found_in(proxies, asked["q"])
        if asked["left"]:
            proxies = ending_in(proxies, int(asked["left"]), on)
        if asked["state"]:
            return proxies.in_state(asked["state"], on)
        return proxies.exclude(status=State.DESTROYED)
