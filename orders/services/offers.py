"""Which services an order offers: one table of type × status × service, as data.

A cell is ``OFFERED``, ``ABSENT`` or the sentence that explains why the service waits. What the type
of the order changes stands below the table, in ``_by_type``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import CustomerType, Order
from orders.services.stages import Stage, is_booked, stage_of

S = Order.Status


class Service(models.TextChoices):
    """The six of the page SERVIÇOS, in its order; the values are names of addresses."""

    APPOINTMENT = "appointment", _("Appointment")
    PAYER = "payer", _("Change who is responsible for the payment")
    SLIPS = "slips", _("Bank slips")
    CONCLUDE = "conclude", _("Conclude the order")
    NOTES = "notes", _("See fiscal notes")
    ISSUE = "issue", _("Issue the certificate (renewal)")


class Cell(StrEnum):
    OFFERED = "offered"
    ABSENT = "absent"


Offered = Cell | Promise
ICONS = {
    Service.APPOINTMENT: "calendar3", Service.PAYER: "people", Service.SLIPS: "file-earmark-pdf",
    Service.CONCLUDE: "check-circle", Service.NOTES: "receipt", Service.ISSUE: "shield-check",
}  # fmt: skip

_YES, _NO = Cell.OFFERED, Cell.ABSENT
_PAY_FIRST = _("First the payment of the order must be confirmed.")
_BODY = _("First the public body must authorise the order.")
_REVIEW = _("The payment of this order is being looked at.")
_DOSSIER = _("The documents were validated: a second agent is verifying them.")
_VALIDATE = _("First an agent must validate the order.")
_PENDING = _("First what is missing must be handed in and validated.")
_BY_HAND = _("The registration authority issues this certificate and tells you how.")
_BOOKED = _("The holder comes in person: see the appointment.")
_AGREEMENT = _("Paid by agreement with the public body: there is no bank slip.")

# The columns stand in the order of Service.
TABLE: Mapping[Order.Status, tuple[Offered, ...]] = {
    S.INCOMPLETE: (_NO, _YES, _NO, _YES, _NO, _YES),
    S.AWAITING_PAYMENT: (_PAY_FIRST, _YES, _YES, _NO, _NO, _YES),
    S.AWAITING_AUTHORIZATION: (_BODY, _BODY, _NO, _NO, _NO, _YES),
    S.PAYMENT_REVIEW: (_REVIEW, _NO, _YES, _NO, _NO, _YES),
    S.AWAITING_APPOINTMENT: (_YES, _NO, _YES, _NO, _YES, _YES),
    S.AWAITING_VALIDATION: (_YES, _NO, _YES, _NO, _YES, _YES),
    S.PENDING_DOCUMENTS: (_YES, _NO, _YES, _YES, _YES, _PENDING),
    S.AWAITING_VERIFICATION: (_DOSSIER, _NO, _YES, _NO, _YES, _DOSSIER),
    S.APPROVED: (_NO, _NO, _YES, _NO, _YES, _YES),
    S.ISSUING: (_NO, _NO, _YES, _NO, _YES, _YES),
    S.ISSUED: (_NO, _NO, _YES, _YES, _YES, _YES),
    S.DELIVERED: (_NO, _NO, _YES, _NO, _YES, _YES),
    S.REVOKED: (_NO, _NO, _YES, _NO, _YES, _NO),
    S.EXPIRED: (_NO, _NO, _YES, _NO, _YES, _NO),
    S.REFUSED: (_NO, _NO, _YES, _NO, _YES, _NO),
    S.CANCELLED: (_NO, _NO, _YES, _NO, _YES, _NO),
}  # fmt: skip
# In a sentence, what an offered service does in this state; without one, what it always does.
_HINTS: Mapping[Service, Any] = {
    Service.APPOINTMENT: _("Choose the place, day and time of the validation in person."),
    Service.PAYER: _("Another person or company pays: the slip is issued anew."),
    Service.SLIPS: _("See, print and copy the slip, and how its payment stands."),
    Service.CONCLUDE: _("Supply what is missing in the order."),
    Service.NOTES: _("Data and files of the fiscal notes of this order."),
    Service.ISSUE: _("Confirm the renewal with your present certificate."),
}
_HINTS_IN: Mapping[tuple[Order.Status, Service], Any] = {
    (S.AWAITING_VALIDATION, Service.APPOINTMENT): _("See, move or cancel the appointment."),
    (S.PENDING_DOCUMENTS, Service.APPOINTMENT): _("See, move or cancel the appointment."),
    (S.PENDING_DOCUMENTS, Service.CONCLUDE): _("Send what the agent asked for."),
    (S.APPROVED, Service.ISSUE): _("Send the certificate request and have it issued."),
    (S.ISSUING, Service.ISSUE): _("See how far the certificate is."),
    (S.ISSUED, Service.ISSUE): _("Download the certificate."),
    (S.DELIVERED, Service.ISSUE): _("Download the certificate again."),
    (S.ISSUED, Service.CONCLUDE): _("Confirm that you received the certificate."),
}
# What a confirmed renewal waits for.
_WAITS: Mapping[Order.Status, Any] = {
    S.INCOMPLETE: _("The renewal is confirmed. Now conclude the order."),
    S.AWAITING_AUTHORIZATION: _BODY, S.PAYMENT_REVIEW: _REVIEW,
}  # fmt: skip
# Here the slips are only read: nothing is to be paid any more.
_TO_PAY = frozenset({S.AWAITING_PAYMENT})
_READ_ONLY = _("See the slips of this order and how their payment stands.")


@dataclass(frozen=True)
class Offer:
    """One service as the page shows it. ``text``: what it does, or why it waits."""

    service: Service
    cell: Offered
    text: str
    url: str

    @property
    def is_offered(self) -> bool:
        return self.cell == Cell.OFFERED

    @property
    def icon(self) -> str:
        return ICONS[self.service]

    @property
    def label(self) -> str:
        return str(self.service.label)


def cell_of(
    status: Order.Status, service: Service, *, by_agreement: bool = False, is_renewal: bool = False
) -> Offered:
    """One cell of the table, for this type of order."""
    cell = TABLE[status][list(Service).index(service)]
    return _by_type(cell, status, service, by_agreement=by_agreement, is_renewal=is_renewal)


def _by_type(
    cell: Offered, status: Order.Status, service: Service, *, by_agreement: bool, is_renewal: bool
) -> Offered:
    """A first certificate is issued at the registration authority, so only a renewal has EMITIR.
    What is paid by agreement has neither slip nor other payer: both explain it."""
    if service is Service.ISSUE and not is_renewal:
        return Cell.ABSENT
    explains = service is Service.SLIPS or (service is Service.PAYER and cell is not Cell.ABSENT)
    return _AGREEMENT if by_agreement and status is not S.INCOMPLETE and explains else cell


def offers_of(order: Order, *, user: Any) -> list[Offer]:
    """What the page SERVIÇOS shows of an order: all but what is absent."""
    return [offer for service in Service if (offer := offer_of(order, service, user=user))]


def offer_of(order: Order, service: Service, *, user: Any) -> Offer | None:
    """One service of an order; None where it is absent in this state."""
    status = S(order.status)
    cell = cell_of(
        status, service, by_agreement=order.by_agreement, is_renewal=order.is_renewal
    )  # fmt: skip
    if cell == Cell.OFFERED:
        cell = _for_person(order, service, user)
    if cell == Cell.OFFERED and service is Service.ISSUE:
        cell = _of_issue(order)
    if cell == Cell.ABSENT:
        return None
    text = _hint(order, status, service) if cell == Cell.OFFERED else cell
    return Offer(service, cell, str(text), reverse(f"orders:{service.value}", args=[order.number]))


def _for_person(order: Order, service: Service, user: Any) -> Offered:
    """Of a company's order the responsible person books, once the portal knows that person."""
    if (
        service is Service.APPOINTMENT
        and order.customer_type == CustomerType.COMPANY
        and order.responsible_id not in {None, user.pk}
        and order.holder_id == user.pk
    ):
        return _("The person who is responsible for the company books the appointment.")
    return Cell.OFFERED


def _of_issue(order: Order) -> Offered:
    """EMITIR while nothing can be done there: why it waits."""
    status = S(order.status)
    stage = stage_of(order, at=timezone.now())
    if stage is Stage.NONE:
        return _BY_HAND if status is S.ISSUED else Cell.ABSENT
    if stage is Stage.BY_HAND:
        return _BY_HAND
    if stage is Stage.CHECK:
        return _BOOKED if is_booked(order) else _VALIDATE
    return _WAITS.get(status, _PAY_FIRST) if stage is Stage.PAY else Cell.OFFERED


def _hint(order: Order, status: Order.Status, service: Service) -> Any:
    if service is Service.SLIPS and status not in _TO_PAY:
        return _READ_ONLY
    if service is Service.APPOINTMENT and not is_booked(order):
        return _HINTS[service]
    return _HINTS_IN.get((status, service), _HINTS[service])
