"""An order in plain words: its history, and how its payment stands."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from orders.models import Order, OrderEvent
from portal.payments.services.charges import payment_words


@dataclass(frozen=True, kw_only=True)
class Payment:
    """``said``: what the bank said, in its words, and when."""

    text: str
    tone: str
    said: str = ""
    when: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Happened:
    at: datetime
    text: str
    note: str
    by: str


def history_of(order: Order) -> list[Happened]:
    """Its events, the newest first. Staff are named by what they are, not by their names."""
    events = order.events.select_related("user").order_by("-at", "-pk")
    return [
        Happened(at=event.at, text=event.label, note=event.note, by=_who(event)) for event in events
    ]


def _who(event: OrderEvent) -> str:
    if event.user is None:
        return _("the system")
    return _("an agent") if event.user.is_staff else event.user.name


# The words of ``payment_words`` -> tones of badges.
_TONES = {"success": "ok", "warning": "wait", "danger": "bad", "info": "info", "secondary": "muted"}


def payment_of(order: Order) -> Payment:
    """How its payment stands."""
    if order.by_agreement:
        return Payment(text=_("Paid by agreement with the public body"), tone="info")
    if order.charge is None:
        if order.paid_at:
            return Payment(text=_("Paid"), tone="ok", when=order.paid_at)
        if not order.price_cents:
            return Payment(text=_("It costs nothing."), tone="muted")
        return Payment(text=_("Nothing was charged for this order in the portal"), tone="muted")
    words = payment_words(order.charge)
    return Payment(
        text=words.text, tone=_TONES[words.tone], said=words.said_by_bank, when=words.when
    )
