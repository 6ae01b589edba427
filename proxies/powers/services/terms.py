"""What a power of attorney says, before it is one: the terms that a form brings, and their limits."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from portal.accounts.models import Company, Unit
from portal.periods import add_months

if TYPE_CHECKING:
    from proxies.powers.models import Power

YEARS = 5


@dataclass(kw_only=True)
class Terms:
    """``units``: none means the whole ``company``. ``services``: names, see ``desks.services``."""

    grantee_cpf: str
    grantee_name: str
    company: Company
    services: list[str]
    level: str
    starts_on: date
    ends_on: date
    grantee_email: str = ""
    office_cnpj: str = ""
    units: list[Unit] = field(default_factory=list)
    renews: "Power | None" = None


def latest_end(starts_on: date) -> date:
    """The last day that a power which begins on this one may have: the same day five years on, or
    the next where that year lacks it (Código Civil, art. 132, § 3º)."""
    day = add_months(starts_on, 12 * YEARS)
    return day if day.day == starts_on.day else date.fromordinal(day.toordinal() + 1)
