"""Renewals and their issue: what is done once; see ``races``."""

from django.utils import timezone

from certificates.issuing import read_request
from orders.models import Emission, Order
from orders.services import codes, emission, renewing
from orders.services.life import NotPossible
from portal.transitions import IllegalTransition
from tests.certificates import requests
from tests.factories import Cast
from tests.orders.renewing import a_renewal, approved, code_of, of_ana, opening, send
from tests.racing import Race, Work

_S = "orders.services"
S = Order.Status
TOLD = (NotPossible, IllegalTransition)


def _confirm(cast: Cast) -> Work:
    order, shown = a_renewal(cast, status=S.AWAITING_PAYMENT), opening(of_ana(cast))
    return lambda: renewing.confirm(
        Order.objects.get(pk=order.pk), opening=shown, by=cast.ana, at=timezone.now()
    )


def _confirm_several(cast: Cast) -> Work:
    """Orders that would all renew one certificate."""
    orders = [a_renewal(cast, status=S.AWAITING_PAYMENT).pk for _n in range(8)]
    shown = opening(of_ana(cast))
    return lambda: renewing.confirm(
        Order.objects.get(pk=orders.pop()), opening=shown, by=cast.ana, at=timezone.now()
    )


def _in_person(cast: Cast) -> Work:
    order = a_renewal(cast)
    return lambda: renewing.choose_in_person(
        Order.objects.get(pk=order.pk), by=cast.ana, at=timezone.now()
    )


def _ask_code(cast: Cast) -> Work:
    order = a_renewal(cast, status=S.APPROVED)
    return lambda: codes.ask(Order.objects.get(pk=order.pk), by=cast.ana, at=timezone.now())


def _guess(cast: Cast) -> Work:
    """Eight wrong codes at once: no more than five are compared."""
    made = approved(cast).emissions.get()
    return lambda: codes.check(
        Emission.objects.get(pk=made.pk), "222-222", "2222-2222", at=timezone.now()
    )


def _request(cast: Cast) -> Work:
    order = approved(cast)
    first, second = code_of(order)
    wanted = read_request(requests.pem())
    return lambda: emission.request_certificate(
        Order.objects.get(pk=order.pk), wanted, first=first, second=second, by=cast.ana,
        at=timezone.now(),
    )  # fmt: skip


def _one_key(cast: Cast) -> Work:
    """Orders whose requests hold one key."""
    orders = [approved(cast) for _n in range(8)]
    known = [(order.pk, *code_of(order)) for order in orders]
    wanted = read_request(requests.pem())

    def send_one() -> None:
        pk, first, second = known.pop()
        emission.request_certificate(
            Order.objects.get(pk=pk), wanted, first=first, second=second, by=cast.ana,
            at=timezone.now(),
        )  # fmt: skip

    return send_one


def _wake(cast: Cast) -> Work:
    send(approved(cast), cast)
    return lambda: emission.wake_due(at=timezone.now())


def _issue(cast: Cast) -> Work:
    """Workers who all ask the authority about one request."""
    made = send(approved(cast), cast)
    return lambda: emission.ask_authority(Emission.objects.get(pk=made.pk), at=timezone.now())


RACES = [
    Race(name="confirm-renewal", prepare=_confirm, told=TOLD, services={f"{_S}.renewing._confirm"},
         leaves={"orders.Renewal": 1, "orders.OrderEvent": 1}),
    Race(name="confirm-several-renewals", prepare=_confirm_several, told=TOLD, services=set(),
         leaves={"orders.Renewal": 1, "orders.OrderEvent": 1}),
    Race(name="renewal-in-person", prepare=_in_person,
         services={f"{_S}.renewing.choose_in_person"}, leaves={"orders.Renewal": 1}),
    Race(name="make-code", prepare=_ask_code, told=TOLD, services={f"{_S}.codes.make"},
         leaves={"orders.Emission": 1, "outbox.Entry": 1}),
    Race(name="request-certificate", prepare=_request, told=TOLD,
         services={f"{_S}.emission.request_certificate"},
         leaves={"outbox.Entry": 1, "orders.OrderEvent": 2}),
    Race(name="one-key-for-several", prepare=_one_key, told=TOLD, services=set(),
         leaves={"outbox.Entry": 1, "orders.OrderEvent": 2}),
    Race(name="wake-authority", prepare=_wake, services={f"{_S}.emission.wake_due"},
         leaves={"outbox.Entry": 1}),
    Race(name="issue-certificate", prepare=_issue, services=set(),
         leaves={"orders.OrderEvent": 1, "certificates.KnownCertificate": 1}),
]  # fmt: skip
EXCEPTIONS: dict[str, set[str]] = {}
