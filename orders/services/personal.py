"""For "my data": the certificate orders of a person, and what the person handed in."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from orders.models import Order, OrderDocument, Pendency
from portal.accounts.labels import instant
from portal.accounts.models import User
from portal.accounts.personal_data import Row, Rows
from portal.taxid import format_tax_id


def personal_orders(user: User) -> dict[str, Any]:
    """What is kept of the person here, also under an e-mail or a CPF that is proven to be theirs."""
    mine = orders_of(user)
    documents = OrderDocument.objects.filter(order__in=mine.values("pk")).select_related("order")
    answers = Pendency.objects.filter(order__in=mine.values("pk")).select_related("order")
    return {
        _("My certificate orders"): Rows(mine.select_related("payer").order_by("-pk"), _order),
        _("Documents of my dossiers"): Rows(documents.order_by("-pk"), _document),
        _("What was asked of me, and my answers"): Rows(answers.order_by("-pk"), _pendency),
    }


def orders_of(user: User) -> Any:
    """The orders that name the person as the holder or the responsible one."""
    asked = Q(holder=user) | Q(responsible=user)
    if user.email and user.email_proof:
        email = user.email.lower()
        asked |= Q(holder_email=email) | Q(responsible_email=email)
    if user.cpf and user.cpf_proof:
        asked |= Q(holder_cpf=user.cpf) | Q(responsible_cpf=user.cpf)
    return Order.objects.filter(asked)


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
