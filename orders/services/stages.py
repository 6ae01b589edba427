"""How far the renewal of an order has come, for the page “Emitir certificado (renovação)”."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certificates.issuing import current_authority
from orders.models import Appointment, Emission, Order, Renewal

S = Order.Status


class Stage(StrEnum):
    """What the page is for at this moment."""

    CONFIRM = "confirm"  # the holder confirms, or comes in person
    PAY = "pay"  # confirmed, not paid
    CHECK = "check"  # agents look at it
    ASK_CODE = "ask_code"  # approved, and no code was made
    CODE = "code"  # approved: the code and the request
    OVER = "over"  # approved, and the code is worth nothing any more
    BY_HAND = "by_hand"  # the registration authority issues it
    ISSUING = "issuing"
    ISSUED = "issued"
    NONE = "none"


# The steps that the page counts, and the first stage of each.
STEPS: list[tuple[str | Promise, set[Stage]]] = [
    (_("Confirm the renewal"), {Stage.CONFIRM}),
    (_("Payment"), {Stage.PAY}),
    (_("Verification"), {Stage.CHECK}),
    (_("Issue"), {Stage.ASK_CODE, Stage.CODE, Stage.OVER, Stage.BY_HAND, Stage.ISSUING}),
    (pgettext_lazy("certificate", "Receipt"), {Stage.ISSUED}),
]
_UNPAID = {S.INCOMPLETE, S.AWAITING_PAYMENT, S.AWAITING_AUTHORIZATION, S.PAYMENT_REVIEW}
_PAID = {S.AWAITING_APPOINTMENT, S.AWAITING_VALIDATION}
_CHECKED = {S.PENDING_DOCUMENTS, S.AWAITING_VERIFICATION}


def stage_of(order: Order, *, at: datetime) -> Stage:
    """Of an order of a renewal."""
    status = S(order.status)
    if status in _UNPAID:
        return Stage.PAY if _is_confirmed(order) else Stage.CONFIRM
    if status in _PAID:
        return Stage.CHECK if _is_confirmed(order) or is_booked(order) else Stage.CONFIRM
    if status is S.APPROVED:
        return _of_approved(order, at)
    if status is S.ISSUING:
        return Stage.ISSUING if last_emission(order, requested=True) else Stage.BY_HAND
    if status in (S.ISSUED, S.DELIVERED) and has_certificate(order):
        return Stage.ISSUED
    return Stage.CHECK if status in _CHECKED else Stage.NONE


def _of_approved(order: Order, at: datetime) -> Stage:
    emission = order.emissions.open().first()
    if emission is None:
        return Stage.BY_HAND if current_authority() is None else Stage.ASK_CODE
    return Stage.CODE if emission.takes_code(at) else Stage.OVER


def _is_confirmed(order: Order) -> bool:
    found = Renewal.objects.filter(order=order).first()
    return found is not None and found.is_confirmed


def is_booked(order: Order) -> bool:
    """Whether the holder has an appointment to come."""
    return Appointment.objects.live().filter(order=order.pk).exists()


def has_certificate(order: Order) -> bool:
    """Whether the certificate was issued here, and may be fetched."""
    return order.emissions.exclude(issued_at=None).exists()


def last_emission(order: Order, *, requested: bool = False) -> Emission | None:
    """The newest, open or not; with ``requested`` the one that the authority has."""
    rows = order.emissions.filter(~Q(csr=None), closed_at=None) if requested else order.emissions
    return rows.order_by("-pk").first()


def last_failure(order: Order) -> Emission | None:
    """Why it is to be asked for again: the emission before the open one, if that failed."""
    before = order.emissions.exclude(closed_at=None).order_by("-pk").first()
    return before if before and before.failed_at else None
