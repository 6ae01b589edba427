"""For "my data": a person's certificate orders, what they handed in, appointments, fiscal notes."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from orders.models import Appointment, FiscalNote, Order, OrderDocument, Pendency, Renewal
from orders.services.matching import named_as
from portal.accounts.labels import instant
from portal.accounts.models import User
from portal.accounts.personal_data import Row, Rows
from portal.money import format_brl
from portal.taxid import format_tax_id


def personal_orders(user: User) -> dict[str, Any]:
    """What is kept of the person here. Of an order of somebody else to which they only lend their
    e-mail, as an office does for its clients, they read no more than that."""
    mine = orders_of(user)
    others = addressed(user).exclude(pk__in=mine.values("pk"))
    documents = OrderDocument.objects.filter(order__in=mine.values("pk")).select_related("order")
    answers = Pendency.objects.filter(order__in=mine.values("pk")).select_related("order")
    renewals = Renewal.objects.filter(order__in=mine.values("pk")).select_related("order")
    booked = Appointment.objects.filter(order__in=mine.values("pk")).select_related(
        "order", "place"
    )
    return {
        _("My certificate orders"): Rows(mine.select_related("payer").order_by("-pk"), _order),
        _("Documents of my dossiers"): Rows(documents.order_by("-pk"), _document),
        _("What was asked of me, and my answers"): Rows(answers.order_by("-pk"), _pendency),
        _("My renewals"): Rows(renewals.order_by("-pk"), _renewal),
        _("Orders of others with my e-mail"): Rows(others.order_by("-pk"), _other),
        _("Fiscal notes in my name"): Rows(notes_of(user).order_by("-pk"), _note),
        _("My appointments"): Rows(booked.order_by("-pk"), _appointment),
    }


def orders_of(user: User) -> QuerySet[Order]:
    """The orders of which the person is the holder or the responsible one."""
    return orders_as(user, "holder") | orders_as(user, "responsible")


def orders_as(user: User, role: str) -> QuerySet[Order]:
    """The orders of which the person is the ``holder`` or the ``responsible`` one."""
    return Order.objects.filter(Q(**{role: user}) | named_as(user, role))


def addressed(user: User) -> QuerySet[Order]:
    """The orders with the person's proven e-mail, whoever they are of."""
    if not (user.email and user.email_proof):
        return Order.objects.none()
    email = user.email.lower()
    return Order.objects.filter(Q(holder_email=email) | Q(responsible_email=email))


def notes_of(user: User) -> QuerySet[FiscalNote]:
    """The notes whose taker is the person, by a CPF that is proven."""
    if not (user.cpf and user.cpf_proof):
        return FiscalNote.objects.none()
    return FiscalNote.objects.filter(taker_tax_id=user.cpf)


def _order(order: Order) -> list[Row]:
    return [
        {
            _("Number"): str(order.number),
            _("Requested at"): instant(order.requested_at),
            _("Status"): order.get_status_display(),
            _("Product"): order.product_name,
            _("Holder"): f"{order.holder_name}, {format_tax_id(order.holder_cpf)}",
            _("E-mail"): order.holder_email,
            _("Phone"): order.holder_phone,
            _("Responsible person"): f"{order.responsible_name} {order.responsible_email}".strip(),
            _("Payer"): str(order.payer or ""),
        }
    ]


def _other(order: Order) -> list[Row]:
    return [{_("Number"): str(order.number), _("Requested at"): instant(order.requested_at)}]


def _document(document: OrderDocument) -> list[Row]:
    return [
        {
            _("Number"): str(document.order.number),
            _("Document"): document.kind,
            _("File"): document.name,
            _("When"): instant(document.added_at),
        }
    ]


def _pendency(pendency: Pendency) -> list[Row]:
    return [
        {
            _("Number"): str(pendency.order.number),
            _("When"): instant(pendency.asked_at),
            _("Text"): pendency.text,
            _("Answer"): pendency.answer,
        }
    ]


def _renewal(renewal: Renewal) -> list[Row]:
    return [
        {
            _("Number"): str(renewal.order.number),
            _("Confirmed at"): instant(renewal.confirmed_at),
            _("How"): renewal.get_means_display(),
            _("Serial number"): renewal.serial,
            _("In person since"): instant(renewal.in_person_at),
        }
    ]


def _appointment(appointment: Appointment) -> list[Row]:
    return [
        {
            _("Number"): str(appointment.order.number),
            _("When"): f"{appointment.local_start:%d/%m/%Y %H:%M}",
            _("Where"): f"{appointment.place}, {appointment.place.whole_address}",
            _("Status"): appointment.get_status_display(),
        }
    ]


def _note(note: FiscalNote) -> list[Row]:
    return [
        {
            _("Number"): note.number,
            _("Issued at"): instant(note.issued_at),
            _("Provider"): note.provider_name,
            _("Taker"): f"{note.taker_name}, {format_tax_id(note.taker_tax_id)}",
            _("Service"): note.service,
            _("Amount"): format_brl(note.service_cents),
            _("Status"): note.get_standing_display(),
        }
    ]
