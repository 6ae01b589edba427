"""For which companies and units somebody may open service orders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.accounts.models import Company, Grant, Unit, UnitQuerySet
from tickets.models.tickets import SERVICE


@dataclass(frozen=True)
class Places:
    """``companies`` as a whole, and single ``units``, with their companies."""

    companies: Any
    units: UnitQuerySet

    def company(self, pk: int) -> Company | None:
        found: Company | None = self.companies.filter(pk=pk).first()
        return found

    def unit(self, pk: int) -> Unit | None:
        return self.units.filter(pk=pk).first()


def places_of(user: Any, *, at: datetime) -> Places:
    """Where a grant lets the person operate service orders: consulting opens none."""
    grants = Grant.objects.held_by(user, at, service=SERVICE).filter(
        level__in=[Grant.Level.OPERATE, Grant.Level.ADMINISTER]
    )
    whole = grants.filter(company__isnull=False).values("company")
    return Places(
        companies=Company.objects.filter(pk__in=whole, is_active=True).order_by("name", "pk"),
        units=Unit.objects.under(grants)
        .select_related("company")
        .order_by("company__name", "code"),
    )
