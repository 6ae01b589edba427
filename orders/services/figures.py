"""How many orders are in each state, and how many wait for somebody: as the lists count."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import number_format
from django.utils.functional import Promise

from orders.models import Order
from orders.models.orders import OrderQuerySet
from orders.services.deadlines import ATTENTION
from portal.ui.counting import count_each
from portal.ui.lists import COUNTED, Figures


@dataclass(frozen=True)
class Total:
    """``count`` None: more than ``COUNTED``, beyond which nobody counts. ``query``: the list's."""

    label: str | Promise
    count: int | None
    query: dict[str, str]

    @property
    def text(self) -> str:
        count = COUNTED if self.count is None else self.count
        return number_format(count, force_grouping=True) + ("+" if self.count is None else "")


@dataclass(frozen=True)
class Totals:
    """Those that have orders. ``attention``: what somebody should look at."""

    attention: list[Total]
    states: list[Total]

    def figures_of(self, asked: Mapping[str, str]) -> Figures | None:
        """How many the list has that is asked for so, where that is one of these totals."""
        found = [total for total in (*self.attention, *self.states) if total.query == asked]
        return Figures(found[0].count) if found else None


def totals_of(
    orders: OrderQuerySet, *, at: datetime, states: Iterable[Order.Status] = tuple(Order.Status)
) -> Totals:
    """What waits for somebody, and these states; in one statement (bench line 21)."""
    states = tuple(states)
    counts = count_each(
        Order,
        {
            **{name: orders.filter(which(at)) for name, (_label, which) in ATTENTION.items()},
            **{status.value: orders.filter(status=status) for status in states},
        },
    )
    attention = [
        Total(label, counts[name], {"attention": name})
        for name, (label, _which) in ATTENTION.items() if counts[name] != 0
    ]  # fmt: skip
    return Totals(
        attention,
        [
            Total(status.label, counts[status], {"status": status.value})
            for status in states if counts[status] != 0
        ],
    )  # fmt: skip
