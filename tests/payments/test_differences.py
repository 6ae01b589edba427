"""Each difference has a way out, and what was decided can be taken back."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.batches import services as batches
from portal.payments.errors import PaymentError
from portal.payments.models import BankFile, Charge, Difference, Settlement, Slip
from portal.payments.services import differences as services
from portal.payments.services import refunds, reversals
from portal.payments.services.charges import withdraw_charge
from portal.payments.services.decisions import receive, replace_slip
from portal.payments.services.statement import statement_of
from tests.factories import Cast
from tests.payments.importing import a_return, a_slip, an_agreement, do, post, says

pytestmark = pytest.mark.django_db


def charge_of(slip: Slip) -> tuple[str, int, int]:
    charge = Charge.objects.get(pk=slip.charge_id)
    return charge.status, charge.settled_cents, charge.refunded_cents


def the(kind: str) -> Difference:
    return Difference.objects.get(kind=kind)


def now() -> dict[str, object]:
    return {"at": timezone.now()}


def test_too_little_leaves_the_work_list_once_its_rest_came_and_is_back_when_that_is_undone(
    cast: Cast,
):
    first = a_slip(an_agreement())
    post(a_return([says(first, "06", 9_000)]), cast.faturista)
    rest = replace_slip(first.charge, by=cast.faturista, at=timezone.now())
    assert rest.amount_cents == 1_000
    file = post(a_return([says(rest, "06", 1_000)], sequence=8), cast.faturista)
    assert charge_of(first) == ("settled", 10_000, 0)
    assert the("short").status == "settled"
    do(file, batches.undo, cast.faturista)
    assert charge_of(first) == ("partly", 9_000, 0)
    assert the("short").status == "open"


def test_too_little_is_accepted_as_the_whole_and_taken_back(cast: Cast):
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", 9_000)]), cast.faturista)
    services.accept(the("short"), "Combinado", by=cast.faturista, at=timezone.now())
    assert charge_of(slip) == ("settled", 9_000, 0)
    services.reopen(the("short"), "Engano", by=cast.faturista, at=timezone.now())
    assert charge_of(slip) == ("partly", 9_000, 0)
    assert the("short").status == "open"


@pytest.mark.parametrize(
    ("paid", "kind", "after"),
    [([12_000], "over", ("settled", 12_000, 2_000)),
     ([10_000, 10_000], "duplicate", ("settled", 20_000, 10_000)),
     ([9_000], "short", ("open", 9_000, 9_000))],
)  # fmt: skip
def test_money_is_paid_back_and_that_is_taken_back(cast: Cast, paid, kind, after):
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", cents) for cents in paid]), cast.faturista)
    before = charge_of(slip)
    refunds.give_back_difference(
        the(kind), means="Pix", refunded_on=date(2026, 3, 25), by=cast.faturista, at=timezone.now()
    )
    assert charge_of(slip) == after
    assert (the(kind).refund_means, the(kind).resolved_by) == ("Pix", cast.faturista)
    services.reopen(the(kind), "Voltou", by=cast.faturista, at=timezone.now())
    assert charge_of(slip) == before


def test_money_for_a_withdrawn_charge_is_paid_back(cast: Cast):
    slip = a_slip(an_agreement())
    withdraw_charge(slip.charge, reason="Desistiu", at=timezone.now())
    post(a_return([says(slip, "06", 10_000)]), cast.faturista)
    refunds.give_back_difference(
        the("replaced"), means="TED", refunded_on=date(2026, 3, 25), by=cast.faturista,
        at=timezone.now(),
    )  # fmt: skip
    assert charge_of(slip) == ("withdrawn", 10_000, 10_000)


@pytest.mark.parametrize(
    ("amount", "status", "follows"), [(10_000, "settled", []), (8_000, "partly", [("short", -2_000)]),
     (11_000, "over", [("over", 1_000)])],
)  # fmt: skip
def test_money_of_nobody_is_assigned_to_a_charge(cast: Cast, amount, status, follows):
    slip = a_slip(an_agreement())
    post(a_return([says(777, "06", amount)]), cast.faturista)
    services.assign(
        the("unknown"), slip.charge, "Comprovante", by=cast.faturista, at=timezone.now()
    )
    assert charge_of(slip) == (status, amount, 0)
    left = Difference.objects.filter(status="open").values_list("kind", "cents")
    assert list(left) == follows
    services.reopen(the("unknown"), "Engano", by=cast.faturista, at=timezone.now())
    assert charge_of(slip) == ("open", 0, 0)
    assert list(Difference.objects.filter(status="open").values_list("kind", flat=True)) == [
        "unknown"
    ]
    assert Settlement.objects.get().charge is None


def test_what_somebody_dealt_with_stays_when_its_file_is_undone(cast: Cast):
    agreement = an_agreement()
    over, exact = a_slip(agreement), a_slip(agreement)
    file = post(a_return([says(over, "06", 12_000), says(exact, "06", 10_000)]), cast.faturista)
    refunds.give_back_difference(
        the("over"),
        means="Pix",
        refunded_on=date(2026, 3, 25),
        by=cast.faturista,
        at=timezone.now(),
    )
    do(file, batches.undo, cast.faturista)
    assert (file.status, file.kept) == (BankFile.Status.UNDONE, 1)
    assert charge_of(over) == ("settled", 12_000, 2_000)
    assert charge_of(exact) == ("open", 0, 0)


def test_the_pages_show_a_difference_and_take_its_ways_out(cast: Cast, client_of):
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", 9_000), says(777, "06", 500)]), cast.faturista)
    clerk: Client = client_of(cast.faturista)
    page = clerk.get(reverse("payments:differences"))
    assert "Pago a menos" in page.content.decode()
    assert "A resolver (2)" in page.content.decode()
    short = the("short")
    answer = clerk.post(reverse("payments:difference_accept", args=[short.pk]), {"note": "Ok"})
    assert answer.headers["Location"] == short.get_absolute_url()
    assert charge_of(slip)[0] == "settled"
    page = clerk.get(reverse("payments:differences"), {"status": "accepted", "kind": "short"})
    assert short.get_absolute_url() in page.content.decode()
    unknown = the("unknown")
    wrong = clerk.post(
        reverse("payments:difference_assign", args=[unknown.pk]), {"number": "x", "note": "?"}
    )
    assert "Não há cobrança nem boleto" in wrong.content.decode()
    late = clerk.post(
        reverse("payments:difference_refund", args=[unknown.pk]),
        {"means": "Pix", "refunded_on": "01/01/2099", "note": ""},
    )
    assert "ainda não chegou" in late.content.decode()
    assert the("unknown").status == "open"


def stands(slip: Slip) -> tuple[str, str, int]:
    slip.refresh_from_db()
    charge = Charge.objects.get(pk=slip.charge_id)
    return slip.status, charge.status, charge.kept_cents


def bounced(cast: Cast, paid: int = 10_000) -> Slip:
    """A slip that was paid by a cheque, which came back."""
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", paid)]), cast.faturista)
    post(a_return([says(slip, "44", paid)], sequence=8), cast.faturista)
    return slip


def test_a_cheque_that_comes_back_is_taken_from_its_charge_and_put_back(cast: Cast, client_of):
    slip = bounced(cast)
    page = client_of(cast.faturista).get(the("reversed").get_absolute_url()).content.decode()
    address = reverse("payments:difference_take_back", args=[the("reversed").pk])
    assert address in page
    client_of(cast.faturista).post(address, {"note": "Sem fundos"})
    assert the("reversed").status == "taken"
    assert stands(slip) == ("issued", "open", 0)
    services.reopen(the("reversed"), "Engano", by=cast.faturista, at=timezone.now())
    assert stands(slip) == ("paid", "settled", 10_000)
    assert Settlement.objects.get().reversed_at is None


def test_of_a_payment_that_was_taken_back_nothing_is_left_to_decide(cast: Cast):
    slip = bounced(cast, paid=9_000)
    reversals.take_back(the("reversed"), "Sem fundos", by=cast.faturista, at=timezone.now())
    assert stands(slip) == ("issued", "open", 0)
    assert not Difference.objects.filter(status="open").exists()
    # The statement keeps what came beside what left; the same event is known if it comes again.
    assert [line.paid for line in statement_of(date(2026, 3, 20)).by_agreement] == [9_000, -9_000]
    again = post(a_return([says(slip, "06", 9_000)], sequence=9), cast.faturista)
    assert list(again.rows.values_list("outcome", flat=True)) == ["known"]


def test_a_payment_that_was_dealt_with_is_not_taken_back_beside_it(cast: Cast):
    slip = bounced(cast, paid=12_000)
    refunds.give_back_difference(
        the("over"), means="Pix", refunded_on=date(2026, 3, 25), by=cast.faturista,
        at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(PaymentError):
        reversals.take_back(the("reversed"), "x", by=cast.faturista, at=timezone.now())
    assert stands(slip) == ("paid", "settled", 10_000)
    assert the("reversed").is_open


def test_a_file_that_is_undone_takes_no_payment_back_twice(cast: Cast):
    slip = a_slip(an_agreement())
    file = post(a_return([says(slip, "06", 10_000)]), cast.faturista)
    post(a_return([says(slip, "44", 10_000)], sequence=8), cast.faturista)
    reversals.take_back(the("reversed"), "Sem fundos", by=cast.faturista, at=timezone.now())
    receive(
        slip.charge, cents=10_000, paid_on=date(2026, 3, 25), reason="Pix", by=cast.faturista,
        at=timezone.now(),
    )  # fmt: skip
    do(file, batches.undo, cast.faturista)
    assert charge_of(slip) == ("settled", 10_000, 0)
    with pytest.raises(PaymentError):
        services.reopen(the("reversed"), "Engano", by=cast.faturista, at=timezone.now())


# --- the statement


def test_the_statement_of_a_day_adds_up(cast: Cast):
    agreement = an_agreement()
    one, two, three = (a_slip(agreement) for _n in range(3))
    events = [
        says(one, "06", 10_000, fee=250, net=9_750), says(two, "06", 9_000, fee=250, net=8_750),
        says(three, "06", 10_000, fee=0, credited=date(2026, 3, 23)),
    ]  # fmt: skip
    post(a_return(events), cast.faturista)
    post(a_return([says(555, "06", 300, net=300)], sequence=8), cast.faturista)
    found = statement_of(date(2026, 3, 20))
    assert (found.total.count, found.total.paid) == (3, 19_300)
    assert (found.total.fees, found.total.credited, found.total.rest) == (500, 18_800, 0)
    for lines in (found.by_agreement, found.by_file):
        assert sum(line.paid for line in lines) == found.total.paid
        assert sum(line.credited for line in lines) == found.total.credited
    assert len(found.by_file) == 2
    assert [(d["kind"], d["cents"]) for d in found.differences] == [
        ("short", -1_000),
        ("unknown", 300),
    ]


def test_the_statement_is_a_page_and_a_sheet(cast: Cast, client_of):
    slip = a_slip(an_agreement())
    post(a_return([says(slip, "06", 10_000, fee=250, net=9_750)]), cast.faturista)
    clerk: Client = client_of(cast.faturista)
    page = clerk.get(reverse("payments:statement"), {"dia": "20/03/2026"}).content.decode()
    assert "R$\u00a09.750" not in page
    assert "R$\u00a097,50" in page
    nothing = clerk.get(reverse("payments:statement"), {"dia": "99/99/2026"})
    assert nothing.status_code == 200
    sheet = clerk.get(reverse("payments:statement_file", args=["csv"]), {"dia": "20/03/2026"})
    text = b"".join(sheet.streaming_content).decode()  # type: ignore[attr-defined]
    assert "97,50" in text
    assert "2,50" in text
