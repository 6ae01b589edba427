"""Concluding an order: confirm it so that it is charged, hand in what is missing, confirm receipt."""

from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import CustomerType, Order
from orders.services import life, renewing
from orders.services.life import NotPossible, move, refuse_unless
from portal.accounts.models import User
from portal.payments.services import charges, slips

Status = Order.Status
# In these the client may still cancel; later an agent does, and decides about the money.
CANCELLABLE = (Status.INCOMPLETE, Status.AWAITING_PAYMENT, Status.AWAITING_AUTHORIZATION)


def missing_in(order: Order) -> list[str]:
    """What an incomplete order still needs before it can be confirmed, a sentence each."""
    found = []
    if order.price_cents and order.payer is None and not order.by_agreement:
        found.append(_("Say who pays."))
    if order.customer_type != CustomerType.PERSON and not order.company_cnpj:
        found.append(_("The CNPJ of the company or public body is missing: write to us."))
    if not order.customer_type:
        found.append(_("The type of customer is missing: write to us."))
    return found


@transaction.atomic
def confirm(order: Order, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """The order is complete: it is charged, and its slip is issued; what a public body pays by
    agreement waits for its authorisation, and what costs nothing goes on at once.

    Raises NotPossible, IllegalTransition, and PaymentError where no slip can be issued.
    """
    life.lock(order)
    refuse_unless(order.status == Status.INCOMPLETE)
    if missing := missing_in(order):
        raise NotPossible(" ".join(missing))
    if order.by_agreement:
        move(order, Status.AWAITING_AUTHORIZATION, by=by, at=at, request=request)
        return
    if not order.price_cents:
        note = _("It costs nothing.")
        move(order, life.paid_state(order), by=by, at=at, note=note, request=request)
        renewing.go_on(order, at=at)
        return
    assert order.payer is not None  # noqa: S101 - nothing is missing
    agreement = charges.default_agreement()
    day = timezone.localtime(at).date()
    charge = charges.raise_charge(
        order.about,
        description=_("Order %(number)s: %(product)s")
        % {"number": order.number, "product": order.product_name},
        amount_cents=order.price_cents,
        due_on=day + timedelta(days=agreement.days_to_pay),
        payer=order.payer,
        agreement=agreement,
        at=at,
        by=by,
        request=request,
    )
    slips.issue_slip(charge, at=at, by=by, request=request)
    move(order, Status.AWAITING_PAYMENT, by=by, at=at, request=request, charge=charge)


@transaction.atomic
def received(order: Order, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """The holder has the certificate. Raises IllegalTransition."""
    life.lock(order)
    move(
        order, Status.DELIVERED, by=by, at=at, request=request, is_told=False,
        only_if={"status": Status.ISSUED},
    )  # fmt: skip
