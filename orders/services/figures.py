"""How many orders are in each state, and how many wait for somebody: as the lists count."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format

from orders.models import Order
from orders.services.deadlines import ATTENTION
from portal.ui.lists import COUNTED


@dataclass(frozen=True)
class Total:
    """``count`` None: more than ``COUNTED``, beyond which nobody counts. ``query``: the list's."""

    label: str
    count: int | None
    query: dict[str, str]

    @property
    def text(self) -> str:
        count = COUNTED if self.count is None else self.count
        return number_format(count, force_grouping=True) + ("+" if self.count is None else "")


def by_status(
    orders: QuerySet[Order], states: Iterable[Order.Status] = tuple(Order.Status)
) -> list[Total]:
    """Each of these states that has orders. Each is counted by its index, no further than the list counts."""
    found = [
        Total(str(status.label), _count(orders.filter(status=status)), {"status": status.value})
        for status in states
    ]
    return [total for total in found if total.count != 0]


def by_attention(orders: QuerySet[Order], *, at: datetime) -> list[Total]:
    """What somebody should look at, where there is any."""
    found = [
        Total(str(label), _count(orders.filter(which(at))), {"attention": name})
        for name, (label, which) in ATTENTION.items()
    ]
    return [total for total in found if total.count != 0]


def _count(rows: QuerySet[Any]) -> int | None:
    count: int = rows.order_by().values("pk")[: COUNTED + 1].count()
    return count if count <= COUNTED else None
