"""What payments do once, however often it is sent at the same moment. See ``tests/portal/races.py``."""

from django.utils import timezone

from portal.payments.errors import AlreadyOpen, AlreadyRaised, NotOwed
from portal.payments.models import Charge
from portal.payments.services import charges, decisions, slips
from tests.factories import Cast
from tests.factories.payments import make_agreement, make_charge, make_payer
from tests.racing import Race, Work

_S = "portal.payments.services"


def _raise(_cast: Cast) -> Work:
    agreement, payer = make_agreement(), make_payer()
    return lambda: make_charge(about="sixth.thing:1", agreement=agreement, payer=payer)


def _issue(_cast: Cast) -> Work:
    pk, at = make_charge().pk, timezone.now()
    return lambda: slips.issue_slip(Charge.objects.get(pk=pk), at=at)


def _withdraw(_cast: Cast) -> Work:
    pk, at = make_charge().pk, timezone.now()
    return lambda: charges.withdraw_charge(Charge.objects.get(pk=pk), reason="x", at=at)


def _receive(cast: Cast) -> Work:
    pk, at = make_charge().pk, timezone.now()

    def work() -> object:
        charge = Charge.objects.get(pk=pk)
        return decisions.receive(
            charge, cents=charge.amount_cents, paid_on=timezone.localdate(at), reason="x",
            by=cast.faturista, at=at,
        )  # fmt: skip

    return work


RACES = [
    Race(name="charge", services={f"{_S}.charges.raise_charge"}, prepare=_raise,
         leaves={"payments.Charge": 1}, told=(AlreadyRaised,)),
    Race(name="slip", services={f"{_S}.slips.issue_slip"}, prepare=_issue,
         leaves={"payments.Slip": 1}, told=(AlreadyOpen,)),
    Race(name="payment by other ways", services={f"{_S}.decisions.receive"}, prepare=_receive,
         leaves={"payments.Settlement": 1}, told=(NotOwed,)),
    Race(name="withdrawal of a charge", services=frozenset(), prepare=_withdraw,
         leaves={"payments.ChargeEvent": 1}, told=(NotOwed,)),
]  # fmt: skip
EXCEPTIONS: dict[str, set[str]] = {
    "an event of a charge, beside a step that is taken once under the charge's lock": {
        f"{_S}.charges.note_event",
    },
    "beside a step that is taken once, under the lock of the charge or the row": {
        f"{_S}.debits.note_reversal",
        f"{_S}.debits.note_refund",
    },
    "an own payer each, for the slip that replaces the open one under the charge's lock": {
        f"{_S}.charges.change_payer",
    },
}
