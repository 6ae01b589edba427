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
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Appointment, CustomerType, Order

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
_SOON = _(
    "Renewals are not yet issued on this page: the registration authority issues them and tells you how."
)
_AGREEMENT = _("Paid by agreement with the public body: there is no bank slip.")

# The columns stand in the order of Service.
TABLE: Mapping[Order.Status, tuple[Offered, ...]] = {
    S.INCOMPLETE: (_NO, _YES, _NO, _YES, _NO, _NO),
    S.AWAITING_PAYMENT: (_PAY_FIRST, _YES, _YES, _NO, _NO, _PAY_FIRST),
    S.AWAITING_AUTHORIZATION: (_BODY, _BODY, _NO, _NO, _NO, _BODY),
    S.PAYMENT_REVIEW: (_REVIEW, _NO, _YES, _NO, _NO, _REVIEW),
    S.AWAITING_APPOINTMENT: (_YES, _NO, _YES, _NO, _YES, _NO),
    S.AWAITING_VALIDATION: (_YES, _NO, _YES, _NO, _YES, _VALIDATE),
    S.PENDING_DOCUMENTS: (_YES, _NO, _YES, _YES, _YES, _PENDING),
    S.AWAITING_VERIFICATION: (_DOSSIER, _NO, _YES, _NO, _YES, _DOSSIER),
    S.APPROVED: (_NO, _NO, _YES, _NO, _YES, _SOON),
    S.ISSUING: (_NO, _NO, _YES, _NO, _YES, _SOON),
    S.ISSUED: (_NO, _NO, _YES, _YES, _YES, _SOON),
    S.DELIVERED: (_NO, _NO, _YES, _NO, _YES, _NO),
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
    Service.ISSUE: _("Make the key and fetch the certificate."),
}
_HINTS_IN: Mapping[tuple[Order.Status, Service], Any] = {
    (S.AWAITING_VALIDATION, Service.APPOINTMENT): _("See, move or cancel the appointment."),
    (S.PENDING_DOCUMENTS, Service.APPOINTMENT): _("See, move or cancel the appointment."),
    (S.PENDING_DOCUMENTS, Service.CONCLUDE): _("Send what the agent asked for."),
    (S.ISSUED, Service.CONCLUDE): _("Confirm that you received the certificate."),
}
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


def _hint(order: Order, status: Order.Status, service: Service) -> Any:
    if service is Service.SLIPS and status not in _TO_PAY:
        return _READ_ONLY
    if (
        service is Service.APPOINTMENT
        and not Appointment.objects.live().filter(order=order).exists()
    ):
        return _HINTS[service]
    return _HINTS_IN.get((status, service), _HINTS[service])
