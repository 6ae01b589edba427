"""What waits for a bank goes into a file once, and what the bank answers is noted."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.payments.errors import PaymentError
from portal.payments.models import Agreement, Charge, Instruction, Remittance, Slip
from portal.payments.services import remittances as services
from portal.payments.services.by_hand import waiting_by_hand
from portal.payments.services.charges import change_payer, note_settlement, withdraw_charge
from portal.payments.services.instructions import ask_for_due_date, waiting_for
from portal.payments.services.slips import issue_slip
from portal.transitions import IllegalTransition
from tests.factories import Cast
from tests.factories.payments import make_agreement, make_charge, make_payer
from tests.payments.importing import a_slip, post
from tests.payments.returns import as_bytes, cents, event_240, file_240

pytestmark = pytest.mark.django_db


def queue(agreement: Agreement) -> list[tuple[str, int]]:
    return [(one.movement, one.slip.our_number) for one in waiting_for(agreement)]


def make(agreement: Agreement, cast: Cast) -> Remittance:
    return services.make(agreement, by=cast.faturista, at=timezone.now())


def at_caixa(**values: object) -> Agreement:
    return make_agreement("104", agency_digit="3", **values)


def answer(slip: Slip, movement: str, cast: Cast, reasons: str = "") -> None:
    """What Caixa says in its next return file."""
    number = "14" + cents(slip.our_number, 15)
    event = event_240("104", movement, number=number, reasons=reasons)
    file = file_240("104", [event])
    file[0] = file[0][:157] + cents(slip.pk + int(movement), 6) + file[0][163:]
    done = post(as_bytes(file), cast.faturista)
    assert done.status == "applied", done.problem


def test_new_slips_are_registered_once(cast: Cast):
    agreement = at_caixa()
    one, two = a_slip(agreement), a_slip(agreement)
    assert queue(agreement) == [("01", one.our_number), ("01", two.our_number)]
    made = make(agreement, cast)
    assert (made.number, made.instructions) == (1, 2)
    assert made.content.count("P 01") == 2
    assert queue(agreement) == []
    with pytest.raises(PaymentError):
        make(agreement, cast)
    agreement.refresh_from_db()
    assert agreement.last_file == 1


def test_a_slip_is_registered_on_the_terms_that_are_printed_on_it(cast: Cast):
    agreement = at_caixa(interest=100, fine=200, late_days=30)
    a_slip(agreement)
    Agreement.objects.update(interest=300, fine=0, late_days=5)
    lines = make(agreement, cast).content.splitlines()
    assert [line[13] for line in lines[2:-2]] == ["P", "Q", "R"]
    assert lines[2][126:141] == "000000000000100"
    assert lines[2][224:227] == "030"
    assert lines[4][74:89] == "000000000000200"


def test_the_number_rises_after_a_refused_file_and_its_instructions_wait_again(cast: Cast):
    agreement = at_caixa()
    slip = a_slip(agreement)
    first = make(agreement, cast)
    services.note_sent(first, by=cast.faturista, at=timezone.now())
    services.note_rejected(first, by=cast.faturista, at=timezone.now())
    assert queue(agreement) == [("01", slip.our_number)]
    assert make(agreement, cast).number == 2
    with pytest.raises(IllegalTransition):
        services.note_sent(first, by=cast.faturista, at=timezone.now())


def test_a_withdrawal_waits_for_the_banks_confirmation(cast: Cast):
    agreement = at_caixa()
    old = a_slip(agreement)
    make(agreement, cast)
    new = change_payer(old.charge, make_payer(), at=timezone.now())
    assert queue(agreement) == [("01", new.our_number)]
    answer(old, "02", cast)
    assert queue(agreement) == [("01", new.our_number), ("02", old.our_number)]
    make(agreement, cast)
    assert queue(agreement) == []
    answer(old, "09", cast)
    withdrawal = Instruction.objects.get(slip=old, movement="02")
    assert withdrawal.answer == Instruction.Answer.DONE


def test_a_slip_that_was_never_sent_needs_no_withdrawal(cast: Cast):
    agreement = at_caixa()
    slip = a_slip(agreement)
    withdraw_charge(slip.charge, reason="Desistiu", at=timezone.now())
    assert queue(agreement) == []


def test_a_refused_registration_is_a_difference_and_is_not_sent_again(cast: Cast):
    agreement = at_caixa()
    slip = a_slip(agreement)
    make(agreement, cast)
    answer(slip, "03", cast, reasons="48")
    slip.refresh_from_db()
    assert slip.status == Slip.Status.REJECTED
    assert slip.differences.get().kind == "rejected"
    assert queue(agreement) == []


def test_another_due_date_is_asked_for_and_counts_once_confirmed(cast: Cast):
    agreement = at_caixa()
    slip = a_slip(agreement)
    later = slip.due_on.replace(year=slip.due_on.year + 1)
    with pytest.raises(PaymentError):
        ask_for_due_date(slip, later, at=timezone.now())
    make(agreement, cast)
    answer(slip, "02", cast)
    slip.refresh_from_db()
    ask_for_due_date(slip, later, at=timezone.now())
    with pytest.raises(PaymentError):
        ask_for_due_date(slip, later, at=timezone.now())
    made = make(agreement, cast)
    assert f"{later:%d%m%Y}" in made.content
    assert Charge.objects.get(pk=slip.charge_id).due_on != later
    answer(slip, "14", cast)
    assert Charge.objects.get(pk=slip.charge_id).due_on == later


def test_a_date_that_was_not_sent_yet_is_corrected_and_one_that_was_sent_is_not(cast: Cast):
    agreement = at_caixa()
    slip = a_slip(agreement)
    make(agreement, cast)
    answer(slip, "02", cast)
    slip.refresh_from_db()
    wrong, right = (slip.due_on + timedelta(days=days) for days in (300, 30))
    for day in (wrong, right):
        ask_for_due_date(slip, day, at=timezone.now())
    made = make(agreement, cast)
    assert f"{right:%d%m%Y}" in made.content
    assert f"{wrong:%d%m%Y}" not in made.content
    with pytest.raises(PaymentError, match="respond"):
        ask_for_due_date(slip, wrong, at=timezone.now())


def test_of_a_slip_that_is_paid_meanwhile_no_other_due_date_is_asked_for(cast: Cast):
    slip = a_slip(at_caixa())
    Slip.objects.filter(pk=slip.pk).update(status=Slip.Status.REGISTERED)
    slip.refresh_from_db()  # as the clerk's page had it
    note_settlement(slip.charge, Slip.objects.get(pk=slip.pk), 10_000, at=timezone.now())
    with pytest.raises(PaymentError):
        ask_for_due_date(slip, slip.due_on + timedelta(days=9), at=timezone.now())
    assert not Instruction.objects.filter(movement="06").exists()


def test_a_payer_without_a_whole_address_is_left_out_and_named(cast: Cast, client_of):
    agreement = at_caixa()
    charge = make_charge(agreement=agreement, payer=make_payer(cep="", district=""))
    issue_slip(charge, at=timezone.now())
    with pytest.raises(PaymentError):
        make(agreement, cast)
    clerk: Client = client_of(cast.faturista)
    page = clerk.get(reverse("payments:remittance_new", args=[agreement.pk])).content.decode()
    assert "bairro, CEP" in page
    assert "Gerar a remessa</button>" not in page
    assert "1 fica fora do arquivo" in page


def test_what_a_bank_without_remessa_must_be_told_by_hand_waits_until_it_is_done(
    cast: Cast, client_of
):
    agreement = make_agreement("237")
    old, other, paid = (a_slip(agreement) for _n in range(3))
    clerk: Client = client_of(cast.faturista)
    address = reverse("payments:remittance_by_hand", args=[agreement.pk])
    assert address in clerk.get(reverse("payments:remittances")).content.decode()

    def waits() -> list[tuple[str, int]]:
        return [(one.movement, one.slip.pk) for one in waiting_by_hand(agreement)]

    assert waits() == [("01", old.pk), ("01", other.pk), ("01", paid.pk)]
    page = clerk.get(address).content.decode()
    assert f'value="{old.pk}"' in page
    clerk.post(address, {"slip": [old.pk, paid.pk, "x", "9" * 30]})
    assert waits() == [("01", other.pk)]
    note_settlement(paid.charge, paid, 10_000, at=timezone.now())
    new = change_payer(old.charge, make_payer(), at=timezone.now())
    withdraw_charge(other.charge, reason="Desistiu", at=timezone.now())
    assert waits() == [("01", new.pk), ("02", old.pk), ("02", other.pk)]
    clerk.post(address, {"slip": [old.pk]})
    assert waits() == [("01", new.pk), ("02", other.pk)]
    number = cents(other.our_number, 11) + "P"
    number = f"009{'0' * 5}{number}"
    post(as_bytes(file_240("237", [event_240("237", "09", number=number)])), cast.faturista)
    assert waits() == [("01", new.pk)]


def test_what_is_done_by_hand_is_listed_page_by_page(
    cast: Cast, client_of, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("portal.payments.views.remittances._SHOWN", 2)
    agreement = make_agreement("237")
    first, second, third = (a_slip(agreement) for _n in range(3))
    clerk: Client = client_of(cast.faturista)
    address = reverse("payments:remittance_by_hand", args=[agreement.pk])
    page = clerk.get(address).content.decode()
    assert "3 boletos" in page
    assert 'rel="next" href="?pagina=2"' in page
    assert f'value="{third.pk}"' not in page
    last = clerk.get(address, {"pagina": "2"}).content.decode()
    assert f'value="{third.pk}"' in last
    assert f'value="{second.pk}"' not in last
    assert 'rel="prev"' in last
    done = clerk.post(f"{address}?pagina=2", {"slip": [third.pk]}, follow=True).content.decode()
    assert f'value="{first.pk}"' in done


def test_what_waits_for_a_remessa_and_what_one_asks_for_is_listed_page_by_page(
    cast: Cast, client_of, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("portal.payments.views.remittances._SHOWN", 2)
    agreement = at_caixa()
    numbers = [a_slip(agreement).number_text for _n in range(3)]
    clerk: Client = client_of(cast.faturista)
    new = reverse("payments:remittance_new", args=[agreement.pk])
    first = clerk.get(new).content.decode()
    assert "3 instruções" in first
    assert "Aqui estão as de 1 a 2. O arquivo leva o que aguarda em todas as páginas." in first
    assert [number in first for number in numbers] == [True, True, False]
    last = clerk.get(new, {"pagina": "2"}).content.decode()
    assert [number in last for number in numbers] == [False, False, True]
    clerk.post(f"{new}?pagina=2")
    made = Remittance.objects.get()
    assert made.instructions == 3
    page = clerk.get(made.get_absolute_url(), {"pagina": "2"}).content.decode()
    assert [number in page for number in numbers] == [False, False, True]


def test_the_pages_make_a_file_and_hand_it_out(cast: Cast, client_of):
    agreement = at_caixa(is_approved=False)
    a_slip(agreement)
    clerk: Client = client_of(cast.faturista)
    assert "não homologado" in clerk.get(reverse("payments:remittances")).content.decode()
    clerk.post(reverse("payments:remittance_new", args=[agreement.pk]))
    made = Remittance.objects.get()
    page = clerk.get(made.get_absolute_url()).content.decode()
    assert "Remessa 000001" in page
    assert "não homologado" in page
    file = clerk.get(reverse("payments:remittance_file", args=[made.pk])).content
    assert {len(line) for line in file.split(b"\r\n")[:-1]} == {240}
    assert b"REMESSA-TESTE" in file
    clerk.post(reverse("payments:remittance_sent", args=[made.pk]))
    made.refresh_from_db()
    assert made.status == Remittance.Status.SENT
    wrong = clerk.post(
        reverse("payments:remittance_due"), {"number": "nada", "due_on": "01/01/2030"}
    )
    assert "Não há boleto com este número" in wrong.content.decode()
