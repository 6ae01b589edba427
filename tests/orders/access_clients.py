"""Who may use the clients' pages of certificate orders."""

from typing import Any

from orders.models import Order, OrderDocument
from portal.payments.services.slips import issue_slip
from tests.access import Own
from tests.factories import Cast
from tests.factories.orders import make_order, make_product
from tests.factories.payments import make_agreement, make_charge
from tests.kept import a_row

PUBLIC = {"orders:home", "orders:enter", "orders:recover"}
MEMBER = {"orders:list", "orders:new", "orders:new_product"}
# Of an order that waits for its payment.
PAGES = {
    "orders:services", "orders:order", "orders:issue", "orders:payer", "orders:slips", "orders:slip",
    "orders:conclude", "orders:cancel", "orders:document", "orders:holder",
    "orders:renewal_confirm", "orders:renewal_record", "orders:renewal_sign",
    "orders:renewal_in_person", "orders:emission_code", "orders:emission_request",
    "orders:emission_state", "orders:emission_done", "orders:emission_certificate",
}  # fmt: skip
OPENS = {
    "orders:emission_state", "orders:renewal_record", "orders:renewal_in_person",
    "orders:services", "orders:order", "orders:issue", "orders:payer", "orders:slips",
    "orders:slip", "orders:cancel",
}  # fmt: skip
OWN = Own(PAGES, owners=["ana"], opens=OPENS, readers=["admin", "agente", "faturista"])


def arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    """Ana's order of a renewal with its slip, and a document whose file is gone."""
    renewal = make_product("Renovação", is_renewal=True)
    order = make_order(holder=cast.ana, status=Order.Status.AWAITING_PAYMENT, product=renewal)
    charge = make_charge(about=order.about, agreement=make_agreement("341"))
    order.charge, order.payer = charge, charge.payer
    order.save()
    slip = issue_slip(charge, at=order.requested_at)
    document = a_row(OrderDocument, order=order, file_key="", sha256="1" * 64)
    number = {"number": order.number}
    return {
        **dict.fromkeys(PAGES, number), "orders:slip": {**number, "slip": slip.pk},
        "orders:document": {**number, "document": document.pk},
        "orders:emission_certificate": {**number, "extension": "pem"},
        "orders:new_product": {"product": make_product().pk},
    }  # fmt: skip
