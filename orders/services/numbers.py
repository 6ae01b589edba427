"""Numbers of orders: one series, above the numbers that older systems gave."""

from django.db import IntegrityError, transaction
from django.db.models import F

from orders.models import NumberCounter

FIRST = 3_000_001  # the older systems' stand below
_ONLY = 1  # key of the one row


def take_number() -> int:
    """The next number. Joins the caller's transaction: taken back with it, given to nobody else."""
    _step(1)
    return NumberCounter.objects.values_list("last", flat=True).get(pk=_ONLY)


def hold_series() -> None:
    """Wait for who takes a number, and let nobody take one before this transaction ends: what is
    looked for now, nobody else inserts meanwhile."""
    _step(0)


def _step(by: int) -> None:
    if not NumberCounter.objects.filter(pk=_ONLY).update(last=F("last") + by):
        try:
            with transaction.atomic():
                NumberCounter.objects.create(pk=_ONLY, last=FIRST - 1 + by)
        except IntegrityError:  # somebody else began the series meanwhile
            NumberCounter.objects.filter(pk=_ONLY).update(last=F("last") + by)
