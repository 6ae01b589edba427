"""A charge from the day it is raised: slips, other payers, money that fits and money that does not."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import timezone

from portal import desks, hooks
from portal.audit.models import AuditEvent
from portal.money import format_brl
from portal.payments.banks.lines import read_barcode
from portal.payments.errors import (
    AlreadyOpen,
    AlreadyRaised,
    AlreadySettled,
    NoAgreement,
    NotOwed,
    PaymentError,
)
from portal.payments.models import Agreement, Charge, Difference, Slip
from portal.payments.services import charges
from portal.payments.services.slips import issue_slip, second_copy
from tests.factories.payments import AT_EACH_BANK, make_agreement, make_charge, make_payer

pytestmark = pytest.mark.django_db
Status, SlipStatus = Charge.Status, Slip.Status


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    heard: list[tuple[str, int]] = []
    real = desks.listeners

    def listeners(event: type) -> Iterator[object]:
        if event is hooks.ChargeChanged:
            yield lambda told: heard.append((told.what, told.cents))
        else:
            yield from real(event)

    monkeypatch.setattr(desks, "listeners", listeners)
    return heard


def _pay(charge: Charge, slip: Slip | None, cents: int) -> str:
    return charges.note_settlement(charge, slip, cents, at=timezone.now())


@pytest.mark.parametrize("bank", AT_EACH_BANK)
def test_a_slip_says_what_the_charge_says(bank: str) -> None:
    charge = make_charge(agreement=make_agreement(bank))
    slip = issue_slip(charge, at=timezone.now())
    read = read_barcode(slip.barcode, on=timezone.localdate())
    assert (read.bank, read.due_on, read.cents) == (bank, charge.due_on, 15_000)
    assert (slip.payer, slip.due_on) == (charge.payer, charge.due_on)
    assert [event.kind for event in charge.events.all()] == ["raised", "slip"]


def test_one_thing_is_charged_once_until_it_is_withdrawn() -> None:
    charge = make_charge(about="sixth.thing:1")
    with pytest.raises(AlreadyRaised):
        make_charge(about="sixth.thing:1")
    charges.withdraw_charge(charge, reason="Desistência", at=timezone.now())
    assert make_charge(about="sixth.thing:1").pk != charge.pk


@pytest.mark.parametrize("cents", [0, -1, 10_000_000_000])
def test_an_amount_that_no_slip_can_say_is_refused(cents: int) -> None:
    with pytest.raises(PaymentError):
        make_charge(cents=cents)


def test_without_an_agreement_nothing_is_charged() -> None:
    make_agreement(is_active=False)

    def raise_one() -> Charge:
        return charges.raise_charge(
            "sixth.thing:1", description="x", amount_cents=1, due_on=date(2030, 1, 1),
            payer=make_payer(), at=timezone.now(),
        )  # fmt: skip

    with pytest.raises(NoAgreement):
        raise_one()
    make_agreement()
    default = make_agreement(is_default=True)
    assert raise_one().agreement == default


def test_a_charge_has_one_open_slip() -> None:
    charge = make_charge()
    issue_slip(charge, at=timezone.now())
    with pytest.raises(AlreadyOpen):
        issue_slip(charge, at=timezone.now())
    assert Agreement.objects.get().last_number == 1


@pytest.mark.parametrize(
    ("paid", "what", "status"),
    [
        ([15_000], ["settled"], Status.SETTLED),
        ([14_950], ["settled"], Status.SETTLED),
        ([15_050], ["settled"], Status.SETTLED),
        ([14_949], ["partly"], Status.PARTLY),
        ([15_051], ["over"], Status.OVER),
        ([5_000, 10_000], ["partly", "settled"], Status.SETTLED),
        ([5_000, 4_000], ["partly", "partly"], Status.PARTLY),
        ([5_000, 15_000], ["partly", "over"], Status.OVER),
        ([15_000, 15_000], ["settled", "duplicate"], Status.OVER),
        ([20_000, 15_000], ["over", "duplicate"], Status.OVER),
    ],
)
def test_exact_short_and_over_are_different_outcomes(
    paid: list[int], what: list[str], status: str, told: list[tuple[str, int]]
) -> None:
    charge = make_charge(agreement=make_agreement(tolerance_cents=50))
    slip = issue_slip(charge, at=timezone.now())
    assert [_pay(charge, slip, cents) for cents in paid] == what
    charge.refresh_from_db()
    slip.refresh_from_db()
    assert (charge.status, charge.settled_cents) == (status, sum(paid))
    assert slip.status == SlipStatus.PAID
    assert told == [*zip(what, paid, strict=True)]


def test_a_payment_is_taken_back_step_by_step(told: list[tuple[str, int]]) -> None:
    charge = make_charge()
    slip = issue_slip(charge, at=timezone.now())
    for cents in (5_000, 10_000, 15_000):
        _pay(charge, slip, cents)
    stands = []
    for cents, was in ((15_000, "paid"), (10_000, "paid"), (5_000, "issued")):
        charges.take_back_settlement(charge, slip, cents, slip_was=was, at=timezone.now())
        stands.append((charge.status, charge.settled_cents, slip.status))
    assert stands == [
        (Status.SETTLED, 15_000, "paid"), (Status.PARTLY, 5_000, "paid"), (Status.OPEN, 0, "issued"),
    ]  # fmt: skip
    assert charge.settled_at is None
    assert [what for what, _cents in told[3:]] == ["reopened"] * 3


def test_a_replaced_slip_that_is_paid_counts_and_the_new_one_is_withdrawn() -> None:
    charge = make_charge()
    old = issue_slip(charge, at=timezone.now())
    new = charges.change_payer(charge, make_payer(name="Diego"), at=timezone.now())
    old.refresh_from_db()
    assert old.status == SlipStatus.REPLACED
    assert (new.payer.name, new.our_number) == ("Diego", old.our_number + 1)
    assert old.payer.name == "Carlos Dias"
    assert _pay(charge, old, 15_000) == "settled"
    assert [slip.status for slip in charge.slips.order_by("pk")] == ["paid", "withdrawn"]


def test_money_for_a_withdrawn_charge_is_kept_and_told(told: list[tuple[str, int]]) -> None:
    charge = make_charge()
    slip = issue_slip(charge, at=timezone.now())
    charges.withdraw_charge(charge, reason="Desistência", at=timezone.now())
    slip.refresh_from_db()
    assert slip.status == SlipStatus.WITHDRAWN
    assert _pay(charge, slip, 15_000) == "after_withdrawal"
    charge.refresh_from_db()
    assert (charge.status, charge.to_refund_cents) == (Status.WITHDRAWN, 15_000)
    assert told == [("withdrawn", 0), ("after_withdrawal", 15_000)]


def test_the_payer_is_not_changed_once_money_is_known() -> None:
    charge = make_charge()
    _pay(charge, issue_slip(charge, at=timezone.now()), 1_00)
    with pytest.raises(AlreadySettled):
        charges.change_payer(charge, make_payer(), at=timezone.now())
    assert charge.slips.count() == 1


def test_the_payer_is_not_changed_while_the_bank_announces_a_payment() -> None:
    charge = make_charge()
    slip = issue_slip(charge, at=timezone.now())
    announced = Difference.objects.create(
        kind=Difference.Kind.ADVANCE, agreement=charge.agreement, charge=charge, slip=slip,
        number=slip.number_text, cents=15_000, noted_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(AlreadySettled, match="anunciou"):
        charges.change_payer(charge, make_payer(), at=timezone.now())
    announced.status = Difference.Status.ACCEPTED
    announced.save()
    charges.change_payer(charge, make_payer(), at=timezone.now())


def test_the_payer_of_a_withdrawn_charge_is_not_changed() -> None:
    charge = make_charge()
    charges.withdraw_charge(charge, reason="x", at=timezone.now())
    with pytest.raises(NotOwed):
        charges.change_payer(charge, make_payer(), at=timezone.now())
    with pytest.raises(NotOwed):
        charges.withdraw_charge(charge, reason="x", at=timezone.now())
    with pytest.raises(NotOwed):
        issue_slip(charge, at=timezone.now())


def test_a_paid_charge_is_not_withdrawn() -> None:
    charge = make_charge()
    _pay(charge, None, 15_000)
    with pytest.raises(AlreadySettled):
        charges.withdraw_charge(charge, reason="x", at=timezone.now())


def test_a_slip_over_what_is_missing_follows_a_short_payment() -> None:
    charge = make_charge()
    _pay(charge, issue_slip(charge, at=timezone.now()), 9_000)
    assert issue_slip(charge, at=timezone.now()).amount_cents == 6_000


def test_a_second_copy_is_the_same_slip_while_the_bank_takes_it() -> None:
    at = timezone.now()
    charge = make_charge(agreement=make_agreement(late_days=10, days_to_pay=5))
    slip = issue_slip(charge, at=at)
    for days in (0, 3, 13):
        copy = second_copy(slip, at + timedelta(days=days))
        assert (copy.slip, copy.is_payable, copy.is_new) == (slip, True, False)
    copy = second_copy(slip, at + timedelta(days=14))
    assert copy.is_new
    assert copy.slip.due_on == timezone.localdate() + timedelta(days=19)
    assert (copy.slip.our_number, copy.slip.barcode) != (slip.our_number, slip.barcode)
    slip.refresh_from_db()
    assert slip.status == SlipStatus.REPLACED
    assert second_copy(slip, at + timedelta(days=14)).slip == copy.slip


def test_a_second_copy_of_a_paid_slip_cannot_be_paid() -> None:
    charge = make_charge()
    slip = issue_slip(charge, at=timezone.now())
    _pay(charge, slip, 15_000)
    copy = second_copy(slip, timezone.now() + timedelta(days=90))
    assert (copy.slip, copy.is_payable) == (slip, False)
    assert Slip.objects.count() == 1


def test_how_a_charge_stands_in_plain_words() -> None:
    charge = make_charge()
    slip = issue_slip(charge, at=timezone.now())
    assert charges.payment_words(charge).tone == "warning"
    late = charges.payment_words(charge, today=charge.due_on + timedelta(days=1))
    assert late.tone == "danger"
    said_at = timezone.now()
    Slip.objects.update(bank_said="06 liquidação", bank_said_at=said_at)
    _pay(charge, slip, 20_000)
    words = charges.payment_words(charge)
    assert format_brl(5_000) in words.text
    assert (words.said_by_bank, words.when) == ("06 liquidação", said_at)


def test_each_step_is_audited_without_personal_data() -> None:
    charge = make_charge()
    slip = issue_slip(charge, at=timezone.now())
    charges.change_payer(charge, make_payer(), at=timezone.now())
    _pay(charge, slip, 15_000)
    events = AuditEvent.objects.filter(action__regex="^(charge|slip)").order_by("pk")
    assert [event.action for event in events] == [
        "charge.raised", "slip.issued", "charge.payer_changed", "slip.issued", "charge.settled",
    ]  # fmt: skip
    written = str([event.data for event in events])
    assert charge.payer.tax_id not in written
    assert "Carlos" not in written
