"""What leaves the account stands in the statement of its day, below zero."""

from datetime import date
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.batches import services as batches
from portal.payments.models import Charge, Debit, Difference
from portal.payments.services import decisions, differences, refunds
from portal.payments.services.statement import Total, statement_of
from tests.factories import Cast
from tests.payments.importing import a_return, a_slip, an_agreement, do, post, says

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DAY, LATER = date(2026, 3, 20), date(2026, 3, 24)


def bounce(slip, **more):
    """The cheque that paid it came back on another day; the bank gives its fee back as well."""
    values = {"net": 9_750, "fee": 250, "occurred": LATER, "credited": LATER, **more}
    return says(slip, "44", 10_000, **values)


def figures(total: Total) -> tuple[int, int, int, int]:
    assert total.rest == 0
    return total.count, total.paid, total.fees, total.credited


def of_the_day(day: date) -> tuple[int, int, int, int]:
    """The total, which both tables of the page add up to."""
    found = statement_of(day)
    for lines in (found.by_agreement, found.by_file):
        for name in ("count", "paid", "fees", "credited"):
            assert sum(getattr(line, name) for line in lines) == getattr(found.total, name)
    return figures(found.total)


def test_a_payment_that_the_bank_reverses_is_below_zero_on_that_day(cast: Cast, client_of):
    agreement = an_agreement()
    bad, good = a_slip(agreement), a_slip(agreement)
    paid = says(bad, "06", 10_000, net=9_750, fee=250)
    post(a_return([paid]), cast.faturista)
    good_one = says(good, "06", 10_000, occurred=LATER, credited=LATER, net=10_000)
    file = post(a_return([good_one, bounce(bad)], sequence=8), cast.faturista)
    assert of_the_day(DAY) == (1, 10_000, 250, 9_750)
    assert of_the_day(LATER) == (2, 0, -250, 250)
    clerk: Client = client_of(cast.faturista)
    page = clerk.get(reverse("payments:statement"), {"dia": "24/03/2026"}).content.decode()
    assert "retorno.ret: estornado pelo banco" in page
    assert "R$\u00a0-97,50" in page
    sheet = clerk.get(reverse("payments:statement_file", args=["csv"]), {"dia": "24/03/2026"})
    last = b"".join(sheet.streaming_content).decode().splitlines()[-1]  # type: ignore[attr-defined]
    assert last.endswith("Pagamento estornado;24/03/2026;24/03/2026;-100,00;-2,50;-97,50")
    do(file, batches.undo, cast.faturista)
    assert of_the_day(LATER) == (0, 0, 0, 0)


def test_a_reversal_in_two_files_leaves_the_account_once(cast: Cast):
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", 10_000)]), cast.faturista)
    for number in (8, 9):
        post(a_return([bounce(slip)], sequence=number), cast.faturista)
    assert of_the_day(LATER) == (1, -10_000, -250, -9_750)


def test_a_reversal_in_two_files_stays_until_both_are_undone(cast: Cast):
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", 10_000)]), cast.faturista)
    first, second = (
        post(a_return([bounce(slip)], sequence=number), cast.faturista) for number in (8, 9)
    )
    do(first, batches.undo, cast.faturista)
    assert of_the_day(LATER) == (1, -10_000, -250, -9_750)
    assert Debit.objects.get(undone_at=None).bank_file == second
    do(second, batches.undo, cast.faturista)
    assert of_the_day(LATER) == (0, 0, 0, 0)


def test_reversals_of_one_day_that_say_only_the_face_value_are_counted_each(cast: Cast):
    """Some banks write no amount paid into a reversal: each of two cheques came back."""
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", 10_000), says(slip, "06", 10_000)]), cast.faturista)
    unpaid = says(slip, "44", occurred=LATER, credited=LATER)
    later = says(slip, "44", occurred=DAY, credited=LATER)
    for number, events in ((8, [unpaid, unpaid, later]), (9, [unpaid])):
        post(a_return(events, sequence=number), cast.faturista)
    assert of_the_day(LATER) == (3, -30_000, 0, -30_000)


def test_money_given_back_leaves_the_account_on_its_day_and_not_if_it_was_a_mistake(cast: Cast):
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", 12_000), says(777, "06", 500)]), cast.faturista)
    over, nobodys = (Difference.objects.get(kind=kind) for kind in ("over", "unknown"))
    for difference in (over, nobodys):
        refunds.give_back_difference(
            difference, means="Pix", refunded_on=LATER, by=cast.faturista, at=timezone.now()
        )
    assert of_the_day(LATER) == (2, -2_500, 0, -2_500)
    for difference in (over, nobodys):
        differences.reopen(difference, "Engano", by=cast.faturista, at=timezone.now())
    assert of_the_day(LATER) == (0, 0, 0, 0)


def test_a_refund_said_on_the_charge_is_a_debit_for_its_difference_and_one_for_the_rest(cast: Cast):
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", 12_000)]), cast.faturista)
    charge, now = Charge.objects.get(pk=slip.charge_id), timezone.now()
    refunds.give_back(charge, cents=12_000, how="Pix", by=cast.faturista, at=now)
    assert of_the_day(timezone.localdate(now)) == (2, -12_000, 0, -12_000)
    differences.reopen(Difference.objects.get(), "Engano", by=cast.faturista, at=now)
    assert of_the_day(timezone.localdate(now)) == (1, -10_000, 0, -10_000)


def test_what_left_the_account_before_debits_were_noted_is_noted_by_the_migration(cast: Cast):
    agreement = an_agreement()
    slip, hand = a_slip(agreement), a_slip(agreement)
    post(a_return([says(slip, "06", 10_000), says(slip, "06", 3_000)]), cast.faturista)
    post(a_return([bounce(slip), bounce(slip)], sequence=8), cast.faturista)
    twice = Difference.objects.get(kind="duplicate")
    refunds.give_back_difference(
        twice, means="Pix", refunded_on=LATER, by=cast.faturista, at=timezone.now()
    )
    now = timezone.now()
    decisions.receive(
        hand.charge, cents=10_000, paid_on=DAY, reason="Pix", by=cast.faturista, at=now
    )
    refunds.give_back(hand.charge, cents=10_000, how="Pix", by=cast.faturista, at=now)
    noted = list(_noted())
    Debit.objects.all().delete()
    migration = import_module("portal.payments.migrations.0010_earlier_debits")
    migration.note_earlier(apps, SimpleNamespace(connection=connection))
    assert list(_noted()) == noted
    assert len(noted) == 4


def _noted():
    names = ("kind", "charge", "difference", "debited_on", "paid_cents", "net_cents", "fee_cents")
    return Debit.objects.order_by("pk").values_list(*names).order_by(*names)
