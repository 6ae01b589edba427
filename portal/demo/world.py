"""What every desk's part of the demonstration is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import Unit, User


@dataclass(frozen=True, kw_only=True)
class World:
    """The demonstration as of ``at``.

    ``people`` by login and ``units`` by code, see ``portal.demo.cast``. ``ages``: the months for
    which desks make their objects, counted back from ``at``. ``tell`` reports progress.
    """

    at: datetime
    tell: Callable[[str], None]
    people: Mapping[str, User]
    units: Mapping[str, Unit]
    ages: Sequence[int]
    processes: int
