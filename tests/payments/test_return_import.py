"""Return files are staged, previewed, posted once, and undone."""

from datetime import date

import pytest
from django.utils import timezone

from portal.batches import services as batches
from portal.payments.models import BankFile, Charge, Difference, Settlement, Slip
from portal.payments.services.charges import change_payer, withdraw_charge
from portal.payments.services.return_files import own_number
from tests.factories import Cast
from tests.factories.payments import make_agreement, make_payer
from tests.payments.importing import (
    a_return,
    a_slip,
    an_agreement,
    do,
    hand_in,
    outcomes,
    post,
    says,
)
from tests.payments.returns import as_bytes, event_240, file_240

pytestmark = pytest.mark.django_db


def statuses(*slips: Slip) -> list[tuple[str, str]]:
    fresh = [Slip.objects.select_related("charge").get(pk=slip.pk) for slip in slips]
    return [(slip.status, slip.charge.status) for slip in fresh]


def differences() -> list[tuple[str, int]]:
    return list(
        Difference.objects.filter(status="open").order_by("pk").values_list("kind", "cents")
    )


def test_a_file_is_previewed_and_nothing_happens_before_it_is_posted(cast: Cast):
    agreement = an_agreement()
    exact, short, over, twice, new, refused = (a_slip(agreement) for _n in range(6))
    events = [
        says(exact, "06", 10_000, fee=250, net=9_750), says(short, "06", 9_000),
        says(over, "17", 12_000), says(twice, "06", 10_000), says(twice, "06", 10_000),
        says(999_999, "06", 500), says(new, "02"), says(refused, "03", reasons="48"),
        says(999_998, "02"), says(new, "28"),
    ]  # fmt: skip
    file = hand_in(a_return(events), cast.faturista)
    assert file.status == BankFile.Status.CHECKED, file.problem
    expected = [
        "settles", "short", "over", "settles", "duplicate", "unknown", "registered", "rejected",
        "info", "info",
    ]  # fmt: skip
    assert outcomes(file) == expected
    assert not Settlement.objects.exists()
    assert {status for status, _charge in statuses(exact, twice, new)} == {"issued"}

    do(file, batches.apply, cast.faturista)
    assert file.status == BankFile.Status.APPLIED
    assert outcomes(file) == expected
    assert statuses(exact, short, over, twice, new, refused) == [
        ("paid", "settled"), ("paid", "partly"), ("paid", "over"), ("paid", "over"),
        ("registered", "open"), ("rejected", "open"),
    ]  # fmt: skip
    assert differences() == [
        ("short", -1_000), ("over", 2_000), ("duplicate", 10_000), ("unknown", 500),
        ("rejected", 10_000),
    ]  # fmt: skip
    settled = Settlement.objects.get(slip=exact)
    assert (settled.paid_cents, settled.net_cents, settled.fee_cents) == (10_000, 9_750, 250)
    assert (settled.occurred_on, settled.credited_on) == (date(2026, 3, 19), date(2026, 3, 20))
    refused.refresh_from_db()
    assert refused.bank_said == "03 registro recusado (48: endereço ou CEP do pagador inválido)"


def test_interest_on_top_is_no_difference(cast: Cast):
    slip = a_slip(an_agreement())
    file = post(a_return([says(slip, "06", 10_300, interest=300)]), cast.faturista)
    assert outcomes(file) == ["settles"]
    assert statuses(slip) == [("paid", "settled")]
    assert Settlement.objects.get().counted_cents == 10_000


def test_the_tolerance_of_the_agreement_is_exact_enough(cast: Cast):
    agreement = an_agreement(tolerance_cents=5)
    near, far = a_slip(agreement), a_slip(agreement)
    file = post(a_return([says(near, "06", 9_995), says(far, "06", 9_994)]), cast.faturista)
    assert outcomes(file) == ["settles", "short"]


def test_the_same_file_counts_once(cast: Cast):
    slip = a_slip(an_agreement())
    data = a_return([says(slip, "06", 10_000)])
    first = post(data, cast.faturista)
    again = hand_in(data, cast.faturista, name="de novo.ret")
    assert again.pk == first.pk
    assert BankFile.objects.count() == Settlement.objects.count() == 1


def test_the_same_event_in_another_file_is_known(cast: Cast):
    slip = a_slip(an_agreement())
    other_event = says(999, "06", 700)
    post(a_return([says(slip, "06", 10_000), other_event]), cast.faturista)
    again = a_return([says(slip, "06", 10_000), other_event, says(slip, "02")], sequence=8)
    file = post(again, cast.faturista)
    assert outcomes(file)[:2] == ["known", "known"]
    assert Settlement.objects.count() == 2
    assert statuses(slip) == [("paid", "settled")]


def test_two_alike_in_one_file_are_two_payments(cast: Cast):
    slip = a_slip(an_agreement())
    twice = [says(slip, "06", 10_000)] * 2
    file = post(a_return(twice), cast.faturista)
    assert outcomes(file) == ["settles", "duplicate"]
    again = post(a_return(twice, sequence=8), cast.faturista)
    assert outcomes(again) == ["known", "known"]
    assert Settlement.objects.count() == 2


def test_a_slip_that_was_replaced_may_still_be_paid(cast: Cast):
    old = a_slip(an_agreement())
    new = change_payer(old.charge, make_payer(), at=timezone.now())
    file = post(a_return([says(old, "06", 10_000)]), cast.faturista)
    assert outcomes(file) == ["replaced"]
    assert statuses(old, new) == [("paid", "settled"), ("withdrawn", "settled")]
    assert differences() == [("replaced", 10_000)]


def test_money_for_a_withdrawn_charge_is_taken_and_flagged(cast: Cast):
    slip = a_slip(an_agreement())
    withdraw_charge(slip.charge, reason="Desistiu", at=timezone.now())
    file = post(a_return([says(slip, "06", 10_000)]), cast.faturista)
    assert outcomes(file) == ["replaced"]
    assert statuses(slip) == [("paid", "withdrawn")]
    assert differences() == [("replaced", 10_000)]


def test_an_announcement_settles_nothing_and_its_payment_closes_it(cast: Cast):
    agreement = make_agreement("033", account="56789")
    slip = a_slip(agreement)
    number = f"{slip.our_number:012d}0"
    told = [event_240("033", "93", number=number, paid=10_000)]
    file = post(as_bytes(file_240("033", told)), cast.faturista)
    assert file.problem == ""
    assert outcomes(file) == ["advance"]
    assert statuses(slip) == [("issued", "open")]
    assert differences() == [("advance", 10_000)]
    paid = [event_240("033", "06", number=number, paid=10_000)]
    post(as_bytes(file_240("033", paid)), cast.faturista)
    assert statuses(slip) == [("paid", "settled")]
    assert differences() == []


@pytest.mark.parametrize(
    ("movement", "paid", "outcome", "becomes"),
    [("94", 0, "retracted", "retracted"), ("06", 10_000, "settles", "settled")],
)
def test_what_closed_an_announcement_is_undone_with_its_file(
    cast: Cast, movement, paid, outcome, becomes
):
    slip = a_slip(make_agreement("033", account="56789"))
    number = f"{slip.our_number:012d}0"
    told = [event_240("033", "93", number=number, paid=10_000)]
    post(as_bytes(file_240("033", told)), cast.faturista)
    then = [event_240("033", movement, number=number, paid=paid)]
    file = post(as_bytes(file_240("033", then)), cast.faturista)
    assert outcomes(file) == [outcome]
    assert Difference.objects.get().status == becomes
    do(file, batches.undo, cast.faturista)
    assert differences() == [("advance", 10_000)]
    assert statuses(slip) == [("issued", "open")]


def test_a_withdrawal_and_a_cheque_that_comes_back(cast: Cast):
    agreement = an_agreement()
    gone, bounced = a_slip(agreement), a_slip(agreement)
    post(a_return([says(gone, "09"), says(bounced, "06", 10_000)]), cast.faturista)
    assert statuses(gone) == [("withdrawn", "open")]
    post(a_return([says(bounced, "44", 10_000)], sequence=8), cast.faturista)
    assert differences() == [("reversed", -10_000)]


def test_undone_everything_stands_as_before(cast: Cast):
    agreement = an_agreement()
    exact, short, twice, new, old = (a_slip(agreement) for _n in range(5))
    other = change_payer(old.charge, make_payer(), at=timezone.now())
    everything = (exact, short, twice, new, old, other)
    before = statuses(*everything)
    events = [
        says(exact, "06", 10_000), says(short, "06", 1), says(twice, "06", 10_000),
        says(twice, "06", 10_000), says(new, "02"), says(old, "06", 10_000), says(77_777, "06", 5),
    ]  # fmt: skip
    file = post(a_return(events), cast.faturista)
    do(file, batches.undo, cast.faturista)
    assert file.status == BankFile.Status.UNDONE
    assert file.kept == 0
    assert statuses(*everything) == before
    assert not Settlement.objects.filter(undone_at__isnull=True).exists()
    assert differences() == []
    assert list(
        Charge.objects.order_by("settled_cents").values_list("settled_cents", flat=True).distinct()
    ) == [0]
    # And the same file may come again.
    again = post(a_return(events), cast.faturista)
    assert again.pk != file.pk
    assert Settlement.objects.filter(undone_at__isnull=True).count() == 6


@pytest.mark.parametrize(
    ("values", "code"),
    [({"account": "11111"}, "outra conta"), ({"agency": "9999"}, "outra conta"),
     ({"bank": "001"}, "banco 756")],
)  # fmt: skip
def test_a_file_of_somebody_else_is_refused(cast: Cast, values, code):
    values = dict(values)
    make_agreement(values.pop("bank", "756"), **values)
    file = hand_in(a_return([says(42, "06", 1)]), cast.faturista)
    assert file.status == BankFile.Status.REFUSED
    assert code in file.problem
    assert not file.rows.exists()


def test_a_file_that_is_cut_is_refused_before_anything_is_staged(cast: Cast):
    slip = a_slip(an_agreement())
    data = a_return([says(slip, "06", 10_000)] * 3)
    file = hand_in(data[:-300], cast.faturista)
    assert file.status == BankFile.Status.REFUSED
    assert "cortado" in file.problem
    assert not file.rows.exists()


def test_numbers_of_banco_do_brasil_carry_the_convenio(db: None):
    seven, six = make_agreement("001"), make_agreement("001", code="123456")
    four = make_agreement("001", code="1234")
    assert own_number(seven, "12345670000000042") == 42
    assert own_number(seven, "76543210000000042") is None
    assert own_number(six, "12345600042X") == 42
    assert own_number(six, "00000000000000042") == 42
    assert own_number(four, "123400000423") == 42
    assert own_number(make_agreement("341"), "00000042") == 42
    assert own_number(make_agreement("341"), "0000004X") is None


def test_money_of_a_file_that_names_no_day_is_of_the_day_on_which_it_was_handed_in(cast: Cast):
    slip = a_slip(an_agreement())
    event = says(slip, "06", paid=10_000, occurred=None, credited=None)
    data = a_return([event]).replace(b"20032026", b"00000000")
    file = post(data, cast.admin)
    assert file.written_on is None
    settlement = Settlement.objects.get()
    assert settlement.credited_on == timezone.localdate(file.created_at)
    assert (file.status, file.problem) == (BankFile.Status.APPLIED, "")
