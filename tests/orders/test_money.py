"""Money of orders that end, and of those that are opened again: desk and payments say the same."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import Order
from orders.services import acts, concluding, deadlines, payment
from orders.services.life import NotPossible
from orders.services.showing import payment_of
from portal.outbox.models import Entry
from portal.payments.models import Charge, Difference, Settlement
from portal.payments.services import charges, decisions, differences, refunds
from portal.transitions import IllegalTransition
from tests.factories import Cast
from tests.factories.orders import make_order
from tests.factories.payments import make_agreement, make_payer

pytestmark = [pytest.mark.django_db, pytest.mark.both]
S, C = Order.Status, Charge.Status
PRICE = 15_000


def now_of(order: Order) -> Order:
    return Order.objects.select_related("charge").get(pk=order.pk)


def charge_of(order: Order) -> Charge:
    charge = now_of(order).charge
    assert charge
    return charge


def charged() -> Order:
    """An order with a slip, which waits for its payment."""
    make_agreement(is_default=True)
    order = make_order(status=S.INCOMPLETE, payer=make_payer())
    concluding.confirm(order, by=None, at=timezone.now())  # type: ignore[arg-type]
    return order


def pay(order: Order, cents: int = PRICE, charge: Charge | None = None) -> None:
    """By the slip, as a return file does it: a difference where it does not fit."""
    found = Charge.objects.get(pk=charge.pk) if charge else charge_of(order)
    slip, today = found.slips.order_by("pk").first(), timezone.localdate()
    assert slip
    what = charges.note_settlement(found, slip, cents, at=timezone.now())
    settlement = Settlement.objects.create(
        agreement=found.agreement, charge=found, slip=slip, occurred_on=today, credited_on=today,
        paid_cents=cents, net_cents=cents, counted_cents=cents, created_at=timezone.now(),
    )  # fmt: skip
    if what == "after_withdrawal":
        Difference.objects.create(
            kind="replaced", agreement=found.agreement, charge=found, slip=slip, cents=cents,
            settlement=settlement, number="1", noted_at=timezone.now(),
        )  # fmt: skip


def cancelled_and_paid(cast: Cast, cents: int = PRICE) -> Order:
    order = charged()
    acts.cancel(order, by=cast.admin, at=timezone.now(), note="Desistiu")
    pay(order, cents)
    return now_of(order)


def mails(subject: str) -> int:
    return Entry.objects.filter(kind=Entry.Kind.MAIL, name__contains=subject).count()


def refund(order: Order, cast: Cast) -> None:
    acts.refund(now_of(order), how="Pix de 20/11", by=cast.faturista, at=timezone.now())


def reopen(order: Order, cast: Cast) -> Order:
    acts.reopen(now_of(order), by=cast.admin, at=timezone.now(), note="Quer de novo")
    return now_of(order)


@pytest.mark.parametrize("paid_first", [True, False])
def test_what_the_desk_gives_back_is_given_back_in_payments_too(cast: Cast, paid_first):
    order = charged()
    if paid_first:
        pay(order)
        acts.cancel(now_of(order), by=cast.admin, at=timezone.now(), note="Desistiu")
    else:
        acts.cancel(order, by=cast.admin, at=timezone.now(), note="Desistiu")
        pay(order)
    assert "serão devolvidos" in payment_of(now_of(order)).text
    refund(order, cast)
    found = now_of(order)
    assert (charge_of(found).status, charge_of(found).to_refund_cents) == (C.WITHDRAWN, 0)
    assert charge_of(found).refunded_cents == PRICE
    assert not Difference.objects.filter(status="open").exists()
    assert (found.money_waits, found.refund_note) == (False, "Pix de 20/11")
    assert "serão devolvidos" not in payment_of(found).text
    assert mails("devolvido") == 1


@pytest.mark.parametrize("by_difference", [True, False])
def test_what_billing_gives_back_waits_for_nobody_at_the_desk(cast: Cast, by_difference):
    order = cancelled_and_paid(cast)
    assert order.money_waits
    if by_difference:
        refunds.give_back_difference(
            Difference.objects.get(), means="Pix", refunded_on=timezone.localdate(),
            by=cast.faturista, at=timezone.now(),
        )  # fmt: skip
    else:
        Difference.objects.all().delete()
        decisions.note_refund(
            charge_of(order), cents=PRICE, reason="Pix", by=cast.faturista, at=timezone.now()
        )
    found = now_of(order)
    assert (found.money_waits, found.refunded_by) == (False, cast.faturista)
    assert found.refund_note.startswith("Pix")
    assert mails("devolvido") == 1
    with pytest.raises(NotPossible):
        refund(order, cast)
    with pytest.raises(NotPossible):
        reopen(order, cast)
    if by_difference:  # it was noted by mistake
        differences.reopen(Difference.objects.get(), "Engano", by=cast.faturista, at=timezone.now())
        assert now_of(order).money_waits
        assert reopen(order, cast).status == S.AWAITING_APPOINTMENT


def test_reopened_its_money_counts_and_nobody_is_told_that_it_comes_back(cast: Cast):
    order = reopen(cancelled_and_paid(cast), cast)
    assert (order.status, order.paid_at is not None) == (S.AWAITING_APPOINTMENT, True)
    assert (charge_of(order).status, payment_of(order).text) == (C.SETTLED, "Pago.")
    assert Difference.objects.get().status == "accepted"
    acts.cancel(order, by=cast.admin, at=timezone.now(), note="Desistiu de novo")
    assert order.money_waits
    refund(order, cast)
    assert charge_of(order).to_refund_cents == 0


@pytest.mark.parametrize("before_the_end", [True, False])
def test_a_part_of_the_price_does_not_open_an_order_as_paid(cast: Cast, before_the_end):
    order = charged()
    if before_the_end:
        pay(order, 1)
        acts.cancel(now_of(order), by=cast.admin, at=timezone.now(), note="Desistiu")
    else:
        acts.cancel(order, by=cast.admin, at=timezone.now(), note="Desistiu")
        pay(order, 1)
    found = reopen(order, cast)
    assert (found.status, found.paid_at, charge_of(found).status) == (
        S.PAYMENT_REVIEW,
        None,
        C.PARTLY,
    )
    decisions.accept_short(charge_of(found), reason="Acordo", by=cast.faturista, at=timezone.now())
    assert now_of(order).status == S.AWAITING_APPOINTMENT


def test_a_paid_order_that_was_refused_is_validated_again_with_its_money(cast: Cast):
    order = charged()
    pay(order)
    Order.objects.filter(pk=order.pk).update(status=S.AWAITING_VALIDATION)
    acts.refuse(now_of(order), by=cast.agente, at=timezone.now(), note="RG ilegível")
    assert (now_of(order).money_waits, charge_of(order).status) == (True, C.WITHDRAWN)
    found = reopen(order, cast)
    assert (found.status, charge_of(found).status) == (S.AWAITING_VALIDATION, C.SETTLED)


@pytest.mark.parametrize("is_authorised", [True, False])
@pytest.mark.parametrize("ends", ["refuse", "cancel"])
def test_reopened_an_order_by_agreement_is_not_beyond_its_authorisation(
    cast: Cast, is_authorised, ends
):
    order = make_order(
        status=S.AWAITING_AUTHORIZATION, customer_type="public", by_agreement=True
    )  # fmt: skip
    if is_authorised:
        acts.authorize(order, by=cast.admin, at=timezone.now())
        Order.objects.filter(pk=order.pk).update(status=S.AWAITING_VALIDATION)
    getattr(acts, ends)(now_of(order), by=cast.admin, at=timezone.now(), note="Engano")
    expected = {
        ("refuse", True): S.AWAITING_VALIDATION, ("refuse", False): S.AWAITING_AUTHORIZATION,
        ("cancel", True): S.AWAITING_APPOINTMENT, ("cancel", False): S.INCOMPLETE,
    }  # fmt: skip
    assert reopen(order, cast).status == expected[ends, is_authorised]


def test_an_order_that_is_paid_at_this_moment_is_cancelled_neither_by_time_nor_by_its_client(
    cast: Cast, monkeypatch
):
    order = charged()
    at = timezone.now() + timedelta(days=60)
    cancel = acts.cancel

    def paid_meanwhile(*args: object, **options: object) -> None:
        pay(order)
        cancel(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(acts, "cancel", paid_meanwhile)
    assert deadlines.cancel_unpaid(at=at) == 0
    assert now_of(order).status == S.AWAITING_APPOINTMENT
    with pytest.raises(IllegalTransition):
        cancel(
            now_of(order), by=cast.ana, at=at, note="", only_if={"status__in": concluding.CANCELLABLE}
        )  # fmt: skip


def test_a_charge_that_billing_withdraws_gives_the_order_back_to_its_client(cast: Cast):
    order = charged()
    first = charge_of(order)
    charges.withdraw_charge(first, reason="Valor errado", at=timezone.now())
    found = now_of(order)
    assert found.status == S.INCOMPLETE
    concluding.confirm(found, by=cast.ana, at=timezone.now())
    assert (found.status, charge_of(found).pk == first.pk) == (S.AWAITING_PAYMENT, False)
    pay(order, charge=first)  # the old slip all the same
    assert "devolvido" in order.events.get(kind="duplicate").note
    Charge.objects.update(status=C.WITHDRAWN)
    Order.objects.update(status=S.INCOMPLETE)
    assert deadlines.cancel_unpaid(at=timezone.now() + timedelta(days=60)) == 1


def test_money_kept_for_an_order_that_began_anew_pays_it(cast: Cast):
    order = charged()
    charges.withdraw_charge(charge_of(order), reason="Valor errado", at=timezone.now())
    pay(order)
    assert now_of(order).status == S.INCOMPLETE
    differences.accept(Difference.objects.get(), "É dele", by=cast.faturista, at=timezone.now())
    assert (now_of(order).status, charge_of(order).status) == (
        S.AWAITING_APPOINTMENT, C.SETTLED,
    )  # fmt: skip


def test_an_order_that_goes_on_without_its_payment_is_listed_until_it_comes_again(cast: Cast):
    order = charged()
    pay(order)
    Order.objects.filter(pk=order.pk).update(status=S.AWAITING_VERIFICATION)
    charge = charge_of(order)
    charges.take_back_settlement(
        charge, charge.slips.get(), PRICE, slip_was="issued", at=timezone.now()
    )  # fmt: skip
    listed = Order.objects.filter(deadlines.unpaid(timezone.now()))
    assert list(listed) == [order]
    pay(order)
    assert not listed.all().exists()
    assert now_of(order).paid_at


def test_an_ended_order_whose_file_is_undone_waits_for_no_decision_and_no_payment(cast: Cast):
    order = charged()
    pay(order)
    acts.cancel(now_of(order), by=cast.admin, at=timezone.now(), note="Desistiu")
    charge = charge_of(order)
    slip = charge.slips.get()
    charges.take_back_settlement(charge, slip, PRICE, slip_was="registered", at=timezone.now())
    assert (now_of(order).money_waits, slip.status) == (False, "withdrawn")


def test_whoever_changes_an_order_locks_its_charge_first_as_payments_do(cast: Cast):
    """Else a bank file and a clerk wait for each other, and the database ends one of them."""
    order = charged()
    with CaptureQueriesContext(connection) as queries:
        acts.cancel(now_of(order), by=cast.admin, at=timezone.now(), note="Desistiu")
    texts = [query["sql"] for query in queries][1:]  # without the look of this test
    first = {name: next(n for n, text in enumerate(texts) if f'FROM "{name}"' in text)
             for name in ("payments_charge", "orders_order")}  # fmt: skip
    assert first["payments_charge"] < first["orders_order"]


def test_the_beat_follows_a_charge_that_was_withdrawn(cast: Cast):
    order = charged()
    Charge.objects.update(status=C.WITHDRAWN)
    assert payment.follow_missed(at=timezone.now()) == 1
    assert now_of(order).status == S.INCOMPLETE
