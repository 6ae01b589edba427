"""Request for access: what a stranger fills in, and what staff decide."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.captcha import SecurityCodeField
from portal.accounts.forms.fields import (
    CPFField,
    LastDayField,
    LevelField,
    ServicesField,
    end_of_access,
    what_no_service_means,
)
from portal.accounts.models import AccessRequest, Company, Unit, phone_validator
from portal.accounts.services.grants import NewAccess

_PLACES = 20


class AccessRequestForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Full name"), max_length=120,
        widget=forms.TextInput({"autocomplete": "name"}),
    )  # fmt: skip
    cpf = CPFField(label=gettext_lazy("CPF"))
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), widget=forms.EmailInput({"autocomplete": "email"})
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone with area code"), max_length=20, validators=[phone_validator],
        widget=forms.TextInput({"autocomplete": "tel-national", "inputmode": "tel", "type": "tel"}),
    )  # fmt: skip
    unit_text = forms.CharField(
        label=gettext_lazy("Unit"), max_length=160,
        help_text=gettext_lazy(
            "Whose invoices you receive: code, name or CNPJ, as it stands on an invoice."
        ),
    )  # fmt: skip
    message = forms.CharField(
        label=gettext_lazy("Anything else?"), max_length=1000, required=False,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    captcha = SecurityCodeField()

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if " " not in name:
            raise ValidationError(_("Enter your name and surname."), code="incomplete_name")
        return name

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def values(self) -> dict[str, Any]:
        """What is kept: all but the security code."""
        return {name: value for name, value in self.cleaned_data.items() if name != "captcha"}


class PlaceSearchForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Find a unit or company"), max_length=160, required=False
    )


class AcceptForm(forms.Form):
    """Where the access goes, among the places that ``query`` finds, and how far it reaches."""

    on = forms.MultipleChoiceField(
        label=gettext_lazy("Access to"), widget=forms.CheckboxSelectMultiple
    )
    level = LevelField(label=gettext_lazy("Level"))
    services = ServicesField()
    last_day = LastDayField()

    def __init__(self, *args: Any, query: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = _places(query)
        self.fields["services"].help_text = what_no_service_means()
        self.fields["on"].choices = [(key, label) for key, (label, _place) in self.places.items()]  # type: ignore[attr-defined]

    def access(self) -> NewAccess:
        """What is given. A company that is given as a whole includes its units."""
        chosen = [self.places[key][1] for key in self.cleaned_data["on"]]
        companies = [place for place in chosen if isinstance(place, Company)]
        units = [place for place in chosen if isinstance(place, Unit)]
        return NewAccess(
            places=[*companies, *(unit for unit in units if unit.company not in companies)],
            level=self.cleaned_data["level"],
            scopes=self.cleaned_data["services"],
            until=end_of_access(self.cleaned_data["last_day"]),
        )


def _places(query: str) -> dict[str, tuple[str, Company | Unit]]:
    """Units found and, once each, their companies as a whole."""
    units = Unit.objects.matching(query).filter(is_active=True, company__is_active=True)
    found: dict[str, tuple[str, Company | Unit]] = {}
    companies: dict[str, tuple[str, Company | Unit]] = {}
    for unit in units.select_related("company").order_by("code")[:_PLACES]:
        found[f"unit:{unit.pk}"] = (f"{unit} · {unit.company}", unit)
        label = _("%(company)s: all units") % {"company": unit.company}
        companies[f"company:{unit.company_id}"] = (label, unit.company)
    return found | companies


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("The person receives it by e-mail."),
    )  # fmt: skip


class RequestFilterForm(forms.Form):
    status = forms.ChoiceField(
        label=gettext_lazy("Status"), required=False,
        choices=[("", gettext_lazy("All")), *AccessRequest.Status.choices],
    )  # fmt: skip
