"""What a company administrator fills in about the company's people."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.forms.fields import (
    CPFField,
    LastDayField,
    LevelField,
    ServicesField,
    end_of_access,
)
from portal.accounts.models import Company, Grant, Unit, User
from portal.accounts.services.grants import NewAccess
from portal.accounts.services.team import Reach, grants_at

EVERY, SOME = "all", "some"
NAMED = 10  # unknown codes in an error
TICKED = 50  # a company with more units has their codes typed


class TeamFilter(forms.Form):
    """Which of a company's people."""

    q = forms.CharField(label=_("Name or e-mail"), required=False, max_length=100)

    def people(self, found: QuerySet[User]) -> QuerySet[User]:
        """Those of ``found`` with words of the name that begin so, or with this e-mail."""
        text = self.cleaned_data["q"] if self.is_valid() else ""
        return (
            found.filter(Q(name__words=text) | Q(email__startswith=text.lower())) if text else found
        )


class UnitCodesField(forms.CharField):
    """Units by their codes, as many as are typed or pasted; gives the units."""

    def __init__(self, units: QuerySet[Unit], **options: Any) -> None:
        self.units = units
        super().__init__(
            max_length=20_000, required=False, widget=forms.Textarea({"rows": 6}),
            help_text=_("The codes of the units, one per line or separated by commas."), **options,
        )  # fmt: skip

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(unit.code for unit in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[Unit]:
        typed = [code.strip() for code in re.split(r"[\r\n,;]", super().clean(value))]
        codes = [code for code in dict.fromkeys(typed) if code]
        written = {*codes, *(code.upper() for code in codes)}
        found = {unit.code.upper(): unit for unit in self.units.filter(code__in=written)}
        if missing := [code for code in codes if code.upper() not in found]:
            text = _("The company has no unit with these codes: %(codes)s.")
            raise ValidationError(
                text, code="unknown", params={"codes": ", ".join(missing[:NAMED])}
            )
        return list(found.values())


class AccessForm(forms.Form):
    """Level, services, all units or some, and until when; within the ``reach`` of who gives it."""

    level = LevelField(label=_("Level of access"))
    reach = forms.ChoiceField(
        label=_("Units"), choices=[(EVERY, _("All units")), (SOME, _("Only these:"))],
        initial=EVERY, widget=forms.RadioSelect,
    )  # fmt: skip
    units = forms.ModelMultipleChoiceField(
        label=_("Which units"), queryset=Unit.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    services = ServicesField()
    last_day = LastDayField()

    def __init__(self, company: Company, reach: Reach, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        services: Any = self.fields["services"]
        services.limit_to(reach.names, everything=reach.everything)
        units = self._units(company)
        if units[TICKED:].exists():
            self.fields["units"] = UnitCodesField(units, label=_("Which units"))
        else:
            self.fields["units"].queryset = units  # type: ignore[attr-defined]

    @staticmethod
    def _units(company: Company) -> QuerySet[Unit]:
        return company.units.filter(is_active=True)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("reach") == SOME:
            if not values.get("units") and "units" not in self.errors:
                self.add_error("units", _("Choose at least one unit."))
            if values.get("level") == Grant.Level.ADMINISTER:
                self.add_error("reach", _("Who administers the users sees all units."))
        return values

    def access(self) -> NewAccess:
        some = self.cleaned_data["reach"] == SOME
        return NewAccess(
            places=list(self.cleaned_data["units"]) if some else [self.company],
            level=self.cleaned_data["level"],
            scopes=self.cleaned_data["services"],
            until=end_of_access(self.cleaned_data["last_day"]),
        )


class InviteForm(AccessForm):
    """Who is invited, and to what."""

    name = forms.CharField(label=_("Full name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    cpf = CPFField(
        label=_("CPF"), required=False,
        help_text=_("If you know it. The person may correct it when they accept."),
    )  # fmt: skip
    field_order = ["name", "email", "cpf", "level", "services", "reach", "units", "last_day"]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        now = timezone.now()
        if grants_at(self.company).in_force(now).filter(user__email=email).exists():
            raise ValidationError(_("This person already has access to the company."))
        return email

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not any(c.isalpha() for c in name):
            raise ValidationError(_("Enter the person's name."))
        return name
