"""What the responsible person fills in: to whom, for what, where and until when."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.forms.fields import CPFField
from portal.accounts.forms.team import TICKED, UnitCodesField
from portal.accounts.models import Company, Grant, Unit
from portal.periods import add_months
from portal.taxid import format_tax_id, normalise, validate_cnpj
from portal.ui.fields import DayField
from proxies.powers.models import Power
from proxies.powers.services.drafting import GrantablePlaces, offered_services
from proxies.powers.services.terms import Terms

SOME = "some"  # of the units, which are chosen below


class GrantForm(forms.Form):
    """The terms of a power within the ``places`` that the certificate opens."""

    grantee_cpf = CPFField(label=gettext_lazy("CPF of who receives it"))
    grantee_name = forms.CharField(
        label=gettext_lazy("Full name"), max_length=120,
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    grantee_email = forms.EmailField(
        label=gettext_lazy("E-mail"), required=False, max_length=254,
        help_text=gettext_lazy(
            "We tell the person how to accept. Without an e-mail, tell them yourself."
        ),
        widget=forms.EmailInput({"autocomplete": "off"}),
    )  # fmt: skip
    office_cnpj = forms.CharField(
        label=gettext_lazy("CNPJ of the accounting office"), required=False, max_length=22,
        help_text=gettext_lazy(
            "If the person works for one: the power says so. It is the person alone who may use it."
        ),
        widget=forms.TextInput({"autocomplete": "off", "placeholder": "00.000.000/0000-00"}),
    )  # fmt: skip
    reach = forms.ChoiceField(label=gettext_lazy("Where it holds"), widget=forms.RadioSelect)
    units = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Which units"), queryset=Unit.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    services = forms.MultipleChoiceField(
        label=gettext_lazy("For which services"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one service.")},
    )  # fmt: skip
    level = forms.ChoiceField(
        label=gettext_lazy("What it allows"), widget=forms.RadioSelect, initial=Grant.Level.CONSULT,
        choices=[
            (Grant.Level.CONSULT, gettext_lazy("Consult: see, without changing anything")),
            (Grant.Level.OPERATE, gettext_lazy("Operate: also act for the company")),
        ],
    )  # fmt: skip
    starts_on = DayField(label=gettext_lazy("From"), initial=timezone.localdate)
    ends_on = DayField(
        label=gettext_lazy("Until"),
        help_text=gettext_lazy("The last day on which it holds, at most five years after the first."),
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, places: GrantablePlaces, renews: Power | None = None
    ) -> None:
        super().__init__(data, initial=_start(renews))
        self.places, self.renews = places, renews
        self.companies = {f"company-{company.pk}": company for company in places.companies}
        self._offer_places()
        self._offer_services()

    def _offer_places(self) -> None:
        fields: dict[str, Any] = self.fields
        choices: list[tuple[str, Any]] = [
            (key, _whole(company)) for key, company in self.companies.items()
        ]
        if len(self.places.units) > TICKED:
            units = Unit.objects.filter(pk__in=[unit.pk for unit in self.places.units])
            fields["units"] = UnitCodesField(units, label=_("Which units"))
        else:
            fields["units"].queryset = Unit.objects.filter(
                pk__in=[unit.pk for unit in self.places.units]
            )
        if not choices:
            del fields["reach"]
            fields["units"].required = True
            fields["units"].error_messages["required"] = _("Choose at least one unit.")
            if len(self.places.units) == 1:
                self.initial.setdefault("units", list(self.places.units))
            return
        if self.places.units:
            choices.append((SOME, _("Only in the units chosen below")))
        else:
            del fields["units"]
        fields["reach"].choices = choices
        self.initial.setdefault("reach", choices[0][0])

    def _offer_services(self) -> None:
        anywhere = {service.name for service in offered_services(whole=False)}
        # What only whole companies have, offices alone have: the accesses of their clients.
        kinds = {company.kind for company in self.places.companies}
        offered = offered_services(whole=Company.Kind.OFFICE in kinds)
        fields: dict[str, Any] = self.fields
        fields["services"].choices = [
            (service.name, service.label if service.name in anywhere else _for_whole(service.label))
            for service in offered
        ]
        acts = "; ".join(f"{one.label}: {one.operate}" for one in offered if one.operate)
        if acts:
            fields["level"].help_text = _("Who operates also acts (%(acts)s).") % {"acts": acts}

    def clean_grantee_name(self) -> str:
        name = " ".join(self.cleaned_data["grantee_name"].split())
        if not any(c.isalpha() for c in name):
            raise ValidationError(_("Enter the person's name."))
        return name

    def clean_office_cnpj(self) -> str:
        number = normalise(self.cleaned_data["office_cnpj"])
        if number:
            validate_cnpj(number)
        return number

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("reach") == SOME and not values.get("units") and "units" not in self.errors:
            self.add_error("units", _("Choose at least one unit."))
        if len({unit.company_id for unit in self._units()}) > 1:
            self.add_error("units", _("Choose units of one company: each company grants its own."))
        return values

    def _units(self) -> list[Unit]:
        some = self.cleaned_data.get("reach", SOME) == SOME
        return list(self.cleaned_data.get("units") or ()) if some else []

    def terms(self) -> Terms:
        """What was filled in, once it is valid."""
        values, units = self.cleaned_data, self._units()
        company = units[0].company if units else self.companies[values["reach"]]
        return Terms(
            grantee_cpf=values["grantee_cpf"], grantee_name=values["grantee_name"],
            grantee_email=values["grantee_email"], office_cnpj=values["office_cnpj"],
            services=values["services"], level=values["level"], starts_on=values["starts_on"],
            ends_on=values["ends_on"], company=company, units=units, renews=self.renews,
        )  # fmt: skip

    def take_up(self, error: ValidationError) -> None:
        """Say each error at its field, and what belongs to none of them above the form."""
        for name, texts in _by_field(error).items():
            field = "units" if name == "company" else name
            self.add_error(field if field in self.fields else None, texts)


def _by_field(error: ValidationError) -> Mapping[str, list[ValidationError]]:
    found: Mapping[str, list[ValidationError]] | None = getattr(error, "error_dict", None)
    return found if found is not None else {NON_FIELD_ERRORS: error.error_list}


def _start(renews: Power | None) -> dict[str, Any]:
    """A year from today; of a power that is renewed what it says, from the day after its end."""
    today = timezone.localdate()
    if renews is None:
        return {"starts_on": today, "ends_on": _a_year_on(today)}
    first = max(today, renews.ends_on + timedelta(days=1))
    units = list(renews.units.all())
    return {
        "grantee_cpf": format_tax_id(renews.grantee_cpf), "grantee_name": renews.grantee_name,
        "grantee_email": renews.grantee_email, "office_cnpj": format_tax_id(renews.office_cnpj),
        "services": renews.services, "level": renews.level, "starts_on": first,
        "ends_on": _a_year_on(first), "units": units,
        **({"reach": SOME} if units else {"reach": f"company-{renews.company_id}"}),
    }  # fmt: skip


def _a_year_on(day: date) -> date:
    return add_months(day, 12) - timedelta(days=1)


def _whole(company: Company) -> str:
    return _("In the whole company: %(name)s, CNPJ %(cnpj)s") % {
        "name": company.name, "cnpj": format_tax_id(company.tax_id),
    }  # fmt: skip


def _for_whole(label: Any) -> str:
    return _("%(service)s (only for the whole company)") % {"service": label}
