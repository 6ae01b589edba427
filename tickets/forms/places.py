"""For whom an order is: oneself, a company, or one of its units."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import Company, Unit
from portal.accounts.pickers import UnitField
from tickets.services.places import Places

MOST = 40  # units in a list; of more than these one is picked as one types


class PlaceField(forms.ChoiceField):
    """Gives the company or the unit; None for oneself. ``initial`` may be one of them."""

    def __init__(self, places: Places, **options: Any) -> None:
        self.places = places
        defaults = {"label": gettext_lazy("For whom"), "required": False}
        super().__init__(choices=_choices(places), **{**defaults, **options})

    def prepare_value(self, value: Any) -> Any:
        return _key(value) if isinstance(value, Company | Unit) else value

    def clean(self, value: Any) -> Company | Unit | None:
        kind, _colon, pk = str(super().clean(value)).partition(":")
        if not kind:
            return None
        key = int(pk)
        return self.places.company(key) if kind == "company" else self.places.unit(key)


class PickedUnitField(UnitField):
    """A unit, found as one types; only one for which the person may open orders."""

    def __init__(self, places: Places, **options: Any) -> None:
        self.places = places
        defaults = {"label": gettext_lazy("For the unit"), "required": False}
        super().__init__(**{**defaults, **options})

    def clean(self, value: Any) -> Unit | None:
        unit: Unit | None = super().clean(value)
        if unit and self.places.unit(unit.pk) is None:
            raise ValidationError(_("You may not open orders for this unit."), code="not_yours")
        return unit


def place_field(places: Places, **options: Any) -> forms.Field | None:
    """The field that fits how many there are; None where there is none."""
    if places.units[MOST : MOST + 1].exists():
        return PickedUnitField(places, **options)
    return PlaceField(places, **options) if places.units.exists() else None


def _choices(places: Places) -> list[tuple[Any, Any]]:
    companies = [(_key(company), company.name) for company in places.companies]
    units = [(_key(unit), f"{unit} ({unit.company})") for unit in places.units]
    groups = [(_("Companies"), companies), (_("Units"), units)]
    return [("", _("For myself")), *((label, rows) for label, rows in groups if rows)]


def _key(place: Company | Unit) -> str:
    return f"{place._meta.model_name}:{place.pk}"
