"""Numbers of service orders: ``AAAA-NNNNNNN-D``, year, counter and check digit."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F

from tickets.models import Ticket
from tickets.models.tickets import NumberCounter, TicketQuerySet

ZONE = ZoneInfo("America/Sao_Paulo")  # whose year counts
_WHOLE = re.compile(r"(\d{4})\D?(\d{7})\D?(\d)")
_COUNTER = re.compile(r"\d{1,8}")


@dataclass(frozen=True)
class Number:
    """What somebody typed: a whole number, or only its counter, as older systems wrote it."""

    number: str
    counter: int

    def find_in(self, tickets: TicketQuerySet) -> Ticket | None:
        """The order; of several years with the same counter the newest."""
        return self.among(tickets).order_by("-created_at", "-pk").first()

    def among(self, tickets: TicketQuerySet) -> TicketQuerySet:
        """The order of the whole number, or those of all years with this counter."""
        return (
            tickets.filter(number=self.number)
            if self.number
            else tickets.filter(counter=self.counter)
        )


def check_digit(year: int, counter: int) -> int:
    """Modulo 11 with weights 2 to 9 from the right; 10 and 11 give 0."""
    digits = f"{year:04}{counter:07}"
    total = sum(int(d) * (2 + i % 8) for i, d in enumerate(reversed(digits)))
    rest = 11 - total % 11
    return 0 if rest > 9 else rest


def as_text(year: int, counter: int) -> str:
    """``2026-0000001-D``."""
    return f"{year:04}-{counter:07}-{check_digit(year, counter)}"


def typed(text: str) -> Number | None:
    """What was typed, with or without marks; None where it is no number, or its digit is wrong.

    ``00002172`` and ``2172`` are counters.
    """
    text = text.strip().lstrip("#").strip()
    if match := _WHOLE.fullmatch(text):
        year, counter = int(match[1]), int(match[2])
        whole = as_text(year, counter)
        return Number(whole, counter) if whole[-1] == match[3] else None
    if _COUNTER.fullmatch(text) and 0 < int(text) < 10**7:
        return Number("", int(text))
    return None


def take_number(at: datetime) -> tuple[str, int]:
    """The next number and its counter. Joins the caller's transaction: taken back with it."""
    year = at.astimezone(ZONE).year
    if not NumberCounter.objects.filter(year=year).update(last=F("last") + 1):
        try:
            with transaction.atomic():
                NumberCounter.objects.create(year=year, last=1)
        except IntegrityError:  # somebody else began the year meanwhile
            NumberCounter.objects.filter(year=year).update(last=F("last") + 1)
    counter: int = NumberCounter.objects.values_list("last", flat=True).get(year=year)
    return as_text(year, counter), counter
