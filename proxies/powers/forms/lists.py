"""Filters of the lists of powers."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal import desks
from portal.public_codes import clean_code
from portal.taxid import is_cnpj, is_cpf, normalise
from proxies.powers.models import PowerQuerySet, State
from proxies.powers.services.drafting import offered_services

ALL = _("— All —")
STATES = [(state.value, state.label) for state in State if state != State.DRAFT]


class PowerFilter(forms.Form):
    """Narrows a list; all of it stands in the address."""

    q = forms.CharField(label=_("Name, CPF, CNPJ or code"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=pgettext_lazy("power", "State"), required=False, choices=[("", ALL), *STATES]
    )
    service = forms.ChoiceField(label=_("Service"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        known: dict[str, desks.Service] = {one.name: one for one in offered_services(whole=True)}
        fields: dict[str, Any] = self.fields
        fields["service"].choices = [
            ("", ALL), *((name, service.label) for name, service in known.items()),
        ]  # fmt: skip

    def apply(self, powers: PowerQuerySet, on: date) -> PowerQuerySet:
        """Those that are asked for. What is filled in wrongly matches nothing."""
        if not self.is_valid():
            return powers.none()
        asked = self.cleaned_data
        if asked["q"]:
            powers = powers.filter(found_by(asked["q"]))
        if asked["service"]:
            powers = _naming(powers, asked["service"])
        return powers.in_state(asked["state"], on) if asked["state"] else powers


def _naming(powers: PowerQuerySet, service: str) -> PowerQuerySet:
    """Those that name this service. Names are slugs: between quotation marks they are found in the
    text of the list."""
    found = powers.alias(named=Cast("services", TextField()))
    return found.filter(named__contains=f'"{service}"')


def found_by(text: str) -> Q:
    """What a text means: a code, a CPF, a CNPJ, or words of a name."""
    if code := clean_code(text):
        return Q(code=code)
    number = normalise(text)
    if is_cpf(number):
        return Q(grantee_cpf=number) | Q(signer_cpf=number)
    if is_cnpj(number):
        return Q(cnpj=number) | Q(office_cnpj=number) | Q(company__tax_id=number)
    return Q(grantee_name__words=text) | Q(grantor_name__words=text) | Q(company__name__words=text)
