"""What clients do with certificate orders, at the same moment; see ``races``."""

from django.utils import timezone

from orders.models import Order
from orders.services import concluding, matching
from orders.services.life import NotPossible
from portal.accounts.models import User
from portal.transitions import IllegalTransition
from tests.factories import Cast
from tests.factories.orders import make_order
from tests.factories.payments import make_agreement, make_payer
from tests.racing import Race, Work

_S = "orders.services"


def _confirm(cast: Cast) -> Work:
    make_agreement(is_default=True)
    order = make_order(holder=cast.ana, status=Order.Status.INCOMPLETE, payer=make_payer())
    return lambda: concluding.confirm(
        Order.objects.get(pk=order.pk), by=cast.ana, at=timezone.now()
    )


def _take_up(cast: Cast) -> Work:
    make_order(holder_cpf=cast.ana.cpf, holder_email=cast.ana.email)
    return lambda: matching.take_up(User.objects.get(pk=cast.ana.pk), at=timezone.now())


RACES = [
    Race(name="confirm-order", prepare=_confirm, services=set(),
         told=(NotPossible, IllegalTransition),
         leaves={"payments.Charge": 1, "payments.Slip": 1}),
    Race(name="find-order", prepare=_take_up, services=set(), leaves={"orders.OrderEvent": 1}),
]  # fmt: skip
EXCEPTIONS = {
    "only from forms that are carried out once (portal.ui.once)": {f"{_S}.ordering.place"},
    "under the order's lock; each payer is a row of its own": {f"{_S}.payers.choose"},
    "under the order's lock, and who comes second finds nothing that differs": {
        f"{_S}.holders.correct",
    },
    "the counter's row is locked by the update before; the first is decided by the key": {
        f"{_S}.numbers._step",
    },
}
