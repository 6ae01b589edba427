"""Who pays for an order: chosen before it is confirmed, changed while nothing is paid."""

from datetime import datetime

from django.db import transaction
from django.http import HttpRequest

from orders.models import CustomerType, Order
from orders.services import life, telling
from orders.services.life import note_event, refuse_unless
from portal.accounts.models import User
from portal.audit.services import record
from portal.payments.models import Payer
from portal.payments.services import charges
from portal.payments.services.payers import drop_unused

Status = Order.Status


def default_payer(order: Order, user: User) -> Payer:
    """Not saved: the company of a company's order, else the holder, with the person's own address."""
    is_company = order.customer_type != CustomerType.PERSON and order.company_cnpj
    payer = Payer(
        name=order.company_name if is_company else order.holder_name,
        tax_id=order.company_cnpj if is_company else order.holder_cpf,
        email=user.email or order.holder_email,
    )
    if payer.tax_id == user.cpf or is_company:
        payer.complement, payer.district = user.complement, user.district
        payer.city, payer.state = user.city, user.state
        payer.cep = user.postal_code.replace("-", "")
    return payer


@transaction.atomic
def choose(
    order: Order, payer: Payer | None, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """This person or company pays; None: the public body's agreement does.

    After the order was confirmed the old slip is withdrawn and a new one issued. Raises
    ``PaymentError`` once a payment is known, NotPossible where nobody can be chosen any more.
    """
    life.lock(order)
    before = order.payer
    if order.status == Status.INCOMPLETE:
        if payer:
            payer.save()
        order.payer, order.by_agreement = payer, payer is None
        order.save(update_fields=["payer", "by_agreement"])
    else:
        refuse_unless(order.status == Status.AWAITING_PAYMENT and order.charge and payer)
        assert order.charge is not None  # noqa: S101 - refused above
        assert payer is not None  # noqa: S101 - refused above
        payer.save()
        order.payer = payer
        order.save(update_fields=["payer"])
        charges.change_payer(order.charge, payer, at=at, by=by, request=request)
    drop_unused(before)
    note_event(order, "payer", by=by, at=at, note=payer.name if payer else "")
    record(
        "order.payer", target=order, company=order.audit_company, actor=by, request=request, at=at
    )


def follow_charge(order: Order, *, by: User | None, at: datetime) -> None:
    """The billing team changed who pays its charge: the order says so, and the client is told.

    Under the charge's lock.
    """
    life.lock(order)
    if order.charge is None or order.payer_id == order.charge.payer_id:
        return
    before, order.payer = order.payer, order.charge.payer
    order.save(update_fields=["payer"])
    drop_unused(before)
    note_event(order, "payer", by=by, at=at, note=order.charge.payer.name)
    record("order.payer", target=order, company=order.audit_company, actor=by, at=at)
    telling.new_slip(order, payer=order.charge.payer.name)
