"""Request for access: what a stranger fills in, and what staff decide."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.captcha import SecurityCodeField
from portal.accounts.finding import KINDS
from portal.accounts.forms.fields import (
    CPFField,
    LastDayField,
    LevelField,
    ServicesField,
    end_of_access,
    what_no_service_means,
)
from portal.accounts.models import AccessRequest, Company, Unit, User, phone_validator
from portal.accounts.pickers import CompanyField, PickingForm, UnitField
from portal.accounts.services.grants import NewAccess

_PLACES = 20
_TICKED = 200
_PICKERS = ("unit", "company")  # fields, and kinds in ``KINDS``


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


class AcceptForm(PickingForm):
    """Where the access goes and how far it reaches.

    The places are those that go with what was asked for, and those that were picked besides: with
    the button ``ADD`` these join the list, ticked, and nothing else is judged.
    """

    ADD = "add"

    on = forms.MultipleChoiceField(
        label=gettext_lazy("Access to"), required=False, widget=forms.CheckboxSelectMultiple
    )
    unit = UnitField(
        label=gettext_lazy("Another unit"), required=False,
        help_text=gettext_lazy("Code, CNPJ, or words of the unit's or the client's name."),
    )  # fmt: skip
    company = CompanyField(
        label=gettext_lazy("Another company, with all its units"), required=False,
        help_text=gettext_lazy("CNPJ, or words of the name."),
    )  # fmt: skip
    level = LevelField(label=gettext_lazy("Level"))
    services = ServicesField()
    last_day = LastDayField()

    def __init__(self, data: QueryDict | None = None, *, user: User, asked: str) -> None:
        """``asked``: the unit as the person wrote it; what goes with it is offered."""
        super().__init__(data, user=user)
        self.asked = asked
        picked = data.getlist("on") if data else []
        self.places = _places_for(asked) | _picked_places(user, picked)
        self.fields["services"].help_text = what_no_service_means()
        self.fields["on"].choices = [(key, str(_label(p))) for key, p in self.places.items()]  # type: ignore[attr-defined]

    @property
    def is_adding(self) -> bool:
        return self.is_bound and self.ADD in self.data

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_adding:
            for name in set(self._errors or ()) - set(_PICKERS):
                self.errors.pop(name)

    def with_added(self) -> "AcceptForm":
        """The form as it goes back to the browser: what was picked stands in the list."""
        data: Any = self.data
        values = data.copy()
        added = {name: place for name in _PICKERS if (place := self.cleaned_data.get(name))}
        for name, place in added.items():
            values.appendlist("on", _key(place))
            values[name] = values[f"{name}_key"] = values[f"{name}_key_text"] = ""
        form = AcceptForm(values, user=self.fields["unit"].user, asked=self.asked)  # type: ignore[attr-defined]
        for name, place in added.items():
            form.fields[name].help_text = _("Added: %(place)s") % {"place": _label(place)}
            form.fields[name].widget.attrs["autofocus"] = True
        return form

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors and not self._chosen():
            self.add_error(
                "on" if self.places else "unit", _("Choose at least one unit or company.")
            )
        return values

    def access(self) -> NewAccess:
        """What is given. A company that is given as a whole includes its units."""
        chosen = self._chosen()
        companies = [place for place in chosen if isinstance(place, Company)]
        units = [place for place in chosen if isinstance(place, Unit)]
        return NewAccess(
            places=[*companies, *(unit for unit in units if unit.company not in companies)],
            level=self.cleaned_data["level"],
            scopes=self.cleaned_data["services"],
            until=end_of_access(self.cleaned_data["last_day"]),
        )

    def _chosen(self) -> list[Company | Unit]:
        """What is ticked, and what was picked and not yet added to the list."""
        ticked = [self.places[key] for key in self.cleaned_data["on"]]
        picked = [place for name in _PICKERS if (place := self.cleaned_data.get(name))]
        return list(dict.fromkeys([*ticked, *picked]))


def _places_for(asked: str) -> dict[str, Company | Unit]:
    """The first units that go with this text and, once each, their companies as a whole."""
    units = Unit.objects.matching(asked).filter(is_active=True, company__is_active=True)
    found = list(units.select_related("company").order_by("code")[:_PLACES])
    places: list[Company | Unit] = [*found, *(unit.company for unit in found)]
    return {_key(place): place for place in places}


def _picked_places(user: User, keys: list[str]) -> dict[str, Company | Unit]:
    """Those of these places that the person may pick from. Two queries at most."""
    found: dict[str, Company | Unit] = {}
    for name in _PICKERS:
        numbers = [key.removeprefix(f"{name}:") for key in keys if key.startswith(f"{name}:")]
        small = [int(n) for n in numbers if n.isascii() and n.isdigit() and len(n) < 19]
        rows = KINDS[name].visible(user).filter(pk__in=small[:_TICKED]) if small else ()
        found |= {_key(row): row for row in rows}
    return found


def _key(place: Company | Unit) -> str:
    return f"company:{place.pk}" if isinstance(place, Company) else f"unit:{place.pk}"


def _label(place: Company | Unit) -> str:
    if isinstance(place, Unit):
        return f"{place} · {place.company}"
    return _("%(company)s: all units") % {"company": place}


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
