"""What time does to orders, and which have waited so long that somebody should look at them.

How long stands in settings; 0 switches a rule off.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from orders.models import Order, OrderDocument
from orders.services import acts, telling
from orders.services.dossier import remove_file
from orders.services.life import NotPossible, move
from portal.accounts.models import User
from portal.payments.models import Charge
from portal.transitions import IllegalTransition

Status = Order.Status
MOST = 500  # in one run; the next run goes on
UNPAID = (Status.INCOMPLETE, Status.AWAITING_PAYMENT)
VALID = (Status.ISSUED, Status.DELIVERED)
# Paid, and the holder has not come or answered.
UNUSED = (Status.AWAITING_APPOINTMENT, Status.PENDING_DOCUMENTS, Status.APPROVED)
GOES_ON = (
    Status.AWAITING_VALIDATION, Status.PENDING_DOCUMENTS, Status.AWAITING_VERIFICATION,
    Status.APPROVED, Status.ISSUING,
)  # fmt: skip
ENDED = (Status.REVOKED, Status.EXPIRED, Status.REFUSED, Status.CANCELLED)


def cancel_unpaid(*, at: datetime) -> int:
    """Cancel orders for which nothing was paid in time. How many. One that is partly paid stays."""
    days: int = settings.ORDER_UNPAID_DAYS
    if not days:
        return 0
    found = Order.objects.filter(
        status__in=UNPAID, status_since__lte=at - timedelta(days=days), paid_at=None
    )
    owed = Q(charge=None) | Q(charge__status=Charge.Status.OPEN, charge__due_on__lt=today(at))
    owed |= Q(status=Status.INCOMPLETE, charge__status=Charge.Status.WITHDRAWN)
    note = ngettext("Not paid within %(n)d day.", "Not paid within %(n)d days.", days) % {"n": days}
    count = 0
    for order in found.filter(owed).order_by("status_since", "pk")[:MOST]:
        try:
            still = {"status": order.status, "status_since": order.status_since}
            acts.cancel(order, by=None, at=at, note=note, only_if=still)
        except (IllegalTransition, NotPossible):  # paid or confirmed at this moment
            continue
        count += 1
    return count


def expire(*, at: datetime) -> int:
    """End those whose certificate's validity is over since it came into force here. How many.

    What an older system brought in with its validity over stays as it was brought in.
    """
    over = Order.objects.filter(status__in=VALID, valid_until__lt=today(at)).filter(
        valid_until__gte=TruncDate(F("status_since"))
    )
    count = 0
    for order in over.order_by("valid_until", "pk")[:MOST]:
        try:
            move(order, Status.EXPIRED, by=None, at=at, only_if={"valid_until": order.valid_until})
        except IllegalTransition:  # revoked at this moment
            continue
        count += 1
    return count


def issuing_late(at: datetime) -> Q:
    """Being issued for too many days."""
    days: int = settings.ORDER_ISSUING_DAYS
    late = Q(status=Status.ISSUING, status_since__lte=at - timedelta(days=days))
    return late if days else Q(pk__in=[])


def unused(at: datetime) -> Q:
    """Paid or authorised, and nothing came of it for many days: money is never lost silently."""
    days: int = settings.ORDER_UNUSED_DAYS
    waits = Q(status__in=UNUSED, status_since__lte=at - timedelta(days=days))
    return waits if days else Q(pk__in=[])


def money(_at: datetime) -> Q:
    """Money came for an order that has ended: to be opened again, or given back."""
    return Q(money_waits=True)


def unpaid(_at: datetime) -> Q:
    """Its payment was taken back after it had gone on."""
    owed = (Charge.Status.OPEN, Charge.Status.PARTLY)
    return Q(status__in=GOES_ON, paid_at=None, charge__status__in=owed)


# What somebody should look at -> what it is called, and which orders.
ATTENTION: dict[str, tuple[str | Promise, Callable[[datetime], Q]]] = {
    "money": (_("Money waits for a decision"), money),
    "issuing": (_("Being issued for too long"), issuing_late),
    "unused": (_("Paid and not used"), unused),
    "unpaid": (_("Goes on, but its payment was taken back"), unpaid),
}


def parts_of(name: str) -> list[Q]:
    """What each order of this attention meets exactly one of: an index has the order of each."""
    return [Q(status=status) for status in UNUSED] if name == "unused" else []


def tell_staff(*, at: datetime) -> int:
    """Once a day, to who works on orders: how many wait for somebody. How many were told."""
    counts = {
        str(label): Order.objects.filter(which(at)).count() for label, which in ATTENTION.values()
    }
    waiting = {label: count for label, count in counts.items() if count}
    people: list[User] = telling.staff_with("change_order") if waiting else []
    for user in people:
        telling.daily(user, waiting, at=at)
    return len(people)


def remove_old_files(*, at: datetime) -> int:
    """Remove the files of dossiers kept long enough after the order's end; their hashes stay."""
    years: int = settings.ORDER_DOSSIER_YEARS
    if not years:
        return 0
    before = at - timedelta(days=365 * years + years // 4)
    old = OrderDocument.objects.exclude(file_key="").filter(
        order__status__in=ENDED, order__status_since__lt=before
    )
    with transaction.atomic():
        found = list(old.select_for_update(of=("self",)).order_by("pk")[:MOST])
        for document in found:
            remove_file(document)
    return len(found)


def today(at: datetime) -> date:
    """The civil day of the portal's zone."""
    return timezone.localtime(at).date()
