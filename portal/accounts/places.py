"""Units as they are offered to a person, and the one that the person works for."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from portal.accounts.models import Company, GrantQuerySet, Unit

FIELDS = (
    "pk", "code", "name", "cnpj", "state_registration", "company_id", "company__name",
    "company__tax_id", "company__certificate_only_from",
)  # fmt: skip
HELD_FIELDS = ("pk", "unit_id", "company_id", "level", "scopes", "company__is_active")
# From a grant to the unit that it is on, or to the units of the company that it is on.
_BY_UNIT, _BY_COMPANY = (
    tuple(f"{way}{name}" for name in (*FIELDS, "is_active", "company__is_active"))
    for way in ("unit__", "company__units__")
)


class HeldGrant(NamedTuple):
    """A grant as a request needs it: ``HELD_FIELDS``."""

    pk: int
    unit_id: int | None
    company_id: int | None
    level: str
    scopes: list[str]
    company_is_active: bool | None


class Place(NamedTuple):
    """A unit as it is offered: ``FIELDS``."""

    pk: int
    code: str
    name: str
    cnpj: str
    state_registration: str
    company_pk: int
    company: str
    tax_id: str
    certificate_only_from: Any

    def as_unit(self) -> Unit:
        """The row itself, with its company; what is not here is read when it is asked for."""
        unit: Unit = _row(
            Unit, id=self.pk, company_id=self.company_pk, code=self.code, name=self.name,
            cnpj=self.cnpj, state_registration=self.state_registration,
        )  # fmt: skip
        unit.company = self.as_company()
        return unit

    def as_company(self) -> Company:
        company: Company = _row(
            Company, id=self.company_pk, name=self.company, tax_id=self.tax_id,
            certificate_only_from=self.certificate_only_from,
        )  # fmt: skip
        return company


@dataclass(frozen=True)
class Chosen:
    """What a person works for: a company, one unit of it, or (neither) all that they may see.

    With a unit the company is the unit's.
    """

    company: Company | None = None
    unit: Unit | None = None

    def among(self, places: Collection[Place]) -> "Chosen":
        """The same where it is one of these places; else nothing, which means all of them."""
        if self.unit is not None:
            return self if any(place.pk == self.unit.pk for place in places) else Chosen()
        if self.company is None:
            return self
        return self if any(p.company_pk == self.company.pk for p in places) else Chosen()


def grants_and_places(held: GrantQuerySet) -> tuple[list[HeldGrant], tuple[Place, ...]]:
    """Grants, and the active units that they open, by code: all in one query (bench line 1)."""
    grants: dict[int, HeldGrant] = {}
    places: dict[int, Place] = {}
    for row in held.values_list(*HELD_FIELDS, *_BY_UNIT, *_BY_COMPANY):
        grant = HeldGrant(*row[: len(HELD_FIELDS)])
        grants[grant.pk] = grant
        unit = row[len(HELD_FIELDS) :]
        unit = unit[len(_BY_UNIT) :] if grant.unit_id is None else unit[: len(_BY_UNIT)]
        *place, unit_is_active, company_is_active = unit
        if unit_is_active and company_is_active:
            places[place[0]] = Place(*place)
    return [*grants.values()], tuple(sorted(places.values(), key=lambda place: place.code))


def _row(model: Any, **values: Any) -> Any:
    """A row with some of its columns, as ``only()`` would have read it."""
    known = [f.attname for f in model._meta.concrete_fields if f.attname in values]
    return model.from_db(None, known, [values[name] for name in known])
