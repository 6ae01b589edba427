"""The units that a person may choose from in this session, each with its company."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Company, Grant, Unit, UnitQuerySet

_CACHED, _HELD = "_places", "_held_grants"
# More grants than this are left to the database to look up.
_MANY = 2_000
FIELDS = (
    "pk", "code", "name", "cnpj", "state_registration", "company_id", "company__name",
    "company__tax_id", "company__certificate_only_from",
)  # fmt: skip


class Place(NamedTuple):
    """A unit as it is offered."""

    pk: int
    code: str
    name: str
    cnpj: str
    state_registration: str
    company_pk: int
    company: str
    tax_id: str
    certificate_only_from: Any

    @property
    def established_as(self) -> str:
        """The establishment's CNPJ; its company's where it has none of its own."""
        return self.cnpj or self.tax_id

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


def _row(model: Any, **values: Any) -> Any:
    """A row with some of its columns, as ``only()`` would have read it."""
    known = [f.attname for f in model._meta.concrete_fields if f.attname in values]
    return model.from_db(None, known, [values[name] for name in known])


def offered(request: HttpRequest) -> UnitQuerySet:
    """The units that this session's person sees.

    What a client's grants name is written into the query, which is then half as dear to make and
    to run as one that asks for them inside.
    """
    user: Any = request.user
    if user.is_staff:
        return Unit.objects.visible_to(user)
    held = _held(request)
    if len(held) > _MANY:
        return Unit.objects.visible_to(user)
    units = [grant.unit_id for grant in held if grant.unit_id]
    companies = [grant.company_id for grant in held if grant.company_id]
    return Unit.objects.granted(units, companies)


def administers(request: HttpRequest) -> bool:
    """Whether the person manages the users of some company in this session."""
    return any(
        grant.level == Grant.Level.ADMINISTER and grant.company__is_active
        for grant in _held(request)
    )


def _held(request: HttpRequest) -> list[Any]:
    """The grants that count in this session; read once per request."""
    found: list[Any] | None = getattr(request, _HELD, None)
    if found is None:
        grants = Grant.objects.held_by(request.user, timezone.now())
        columns = ("unit_id", "company_id", "level", "company__is_active")
        found = list(grants.values_list(*columns, named=True))
        setattr(request, _HELD, found)
    return found


def places_of(request: HttpRequest) -> tuple[Place, ...]:
    """All of them, by code: for lists that need every one. Two queries, once per request."""
    found: tuple[Place, ...] | None = loaded(request)
    if found is None:
        rows = offered(request).order_by("code").values_list(*FIELDS)
        found = tuple(Place(*row) for row in rows)
        setattr(request, _CACHED, found)
    return found


def loaded(request: HttpRequest) -> tuple[Place, ...] | None:
    """All of them, if this request has read them already."""
    found: tuple[Place, ...] | None = getattr(request, _CACHED, None)
    return found
