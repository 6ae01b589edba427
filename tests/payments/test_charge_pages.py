"""What the billing team sees of charges and does about them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import AuditEvent
from portal.money import format_brl
from portal.payments.models import Charge, Slip
from portal.payments.services import charges, lateness
from portal.payments.services.slips import issue_slip
from portal.taxid import format_tax_id
from tests.factories import Cast, a_cpf
from tests.factories.payments import make_agreement, make_charge, make_payer

pytestmark = pytest.mark.django_db
LIST = "payments:charges"
Status = Charge.Status


@pytest.fixture
def billing(cast: Cast, client_of) -> Client:
    browser: Client = client_of(cast.faturista)
    return browser


def _do(browser: Client, act: str, charge: Charge, **values: str) -> str:
    address = reverse(f"payments:{act}", args=[charge.pk])
    assert browser.get(address).status_code == 200
    response = browser.post(address, values, follow=True)
    charge.refresh_from_db()
    return response.content.decode()


def test_the_list_finds_by_state_payer_number_and_amount(billing: Client) -> None:
    late = make_charge(payer=make_payer(name="Eva Melo"), cents=12_345)
    Charge.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    paid = make_charge(payer=make_payer(name="Davi Reis"))
    slip = issue_slip(paid, at=timezone.now())
    charges.note_settlement(paid, slip, 15_000, at=timezone.now())
    for query, found in (
        ({}, {late, paid}), ({"status": "late"}, {late}), ({"status": "settled"}, {paid}),
        ({"status": "x", "agreement": "x"}, {late, paid}),
        ({"agreement": str(paid.agreement_id)}, {paid}),
        ({"q": "eva"}, {late}), ({"q": format_tax_id(paid.payer.tax_id)}, {paid}),
        ({"q": "123,45"}, {late}), ({"q": "123,4x"}, set()), ({"q": slip.printed_line}, {paid}),
        ({"q": slip.barcode}, {paid}), ({"q": slip.number_text}, {paid}), ({"q": "9" * 30}, set()),
        ({"q": str(late.pk)}, {late}),
    ):  # fmt: skip
        page = billing.get(reverse(LIST), query).context["page"]
        assert set(page.rows) == found, query


def test_the_list_asks_the_same_number_of_times_for_few_and_many(
    billing: Client, django_assert_max_num_queries
) -> None:
    agreement, payer = make_agreement(), make_payer()
    for count in (1, 12):
        for _ in range(count):
            make_charge(agreement=agreement, payer=payer)
        with django_assert_max_num_queries(15):
            billing.get(reverse(LIST))


def test_the_list_adds_up_what_it_shows(billing: Client) -> None:
    for cents in (10_000, 2_345):
        make_charge(cents=cents)
    assert format_brl(12_345) in billing.get(reverse(LIST)).content.decode()


def test_a_charges_page_shows_its_slips_and_what_the_bank_said(billing: Client) -> None:
    charge = make_charge()
    slip = issue_slip(charge, at=timezone.now())
    Slip.objects.update(bank_said="02 registrado", bank_said_at=timezone.now())
    page = billing.get(charge.get_absolute_url()).content.decode()
    for words in (slip.printed_line, "02 registrado", "Carlos Dias", "Boleto emitido"):
        assert words in page
    pdf = billing.get(reverse("payments:slip", args=[charge.pk, slip.pk]))
    assert pdf.content.startswith(b"%PDF")
    other = make_charge()
    assert billing.get(reverse("payments:slip", args=[other.pk, slip.pk])).status_code == 404


def test_a_payment_by_other_ways_is_noted_with_how_it_came(cast: Cast, billing: Client) -> None:
    charge = make_charge()
    issue_slip(charge, at=timezone.now())
    values = {"cents": "50,00", "paid_on": f"{timezone.localdate():%d/%m/%Y}", "reason": "TED"}
    _do(billing, "settle", charge, **values)
    assert (charge.status, charge.settled_cents) == (Status.PARTLY, 5_000)
    _do(billing, "settle", charge, **{**values, "cents": "100,00"})
    assert charge.status == Status.SETTLED
    assert charge.slips.get().status == Slip.Status.WITHDRAWN
    assert charge.events.filter(user=cast.faturista, note__contains="TED").count() == 2
    assert AuditEvent.objects.filter(action="charge.received").count() == 2
    assert "Não há mais nada a pagar" in _do(billing, "settle", charge, **values)
    assert charge.settled_cents == 15_000


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"cents": "0,00"}, "acima de zero"),
        ({"cents": "x"}, "1.234,56"),
        ({"reason": ""}, "obrigatório"),
        ({"paid_on": "31/12/2099"}, "ainda não chegou"),
    ],
)
def test_a_payment_that_cannot_be_is_told_so_and_nothing_is_noted(
    values: dict[str, str], words: str, billing: Client
) -> None:
    charge = make_charge()
    good = {"cents": "50,00", "paid_on": f"{timezone.localdate():%d/%m/%Y}", "reason": "TED"}
    assert words in _do(billing, "settle", charge, **{**good, **values})
    assert charge.settled_cents == 0


def test_a_form_that_is_sent_twice_notes_one_payment(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.faturista)
    charge = make_charge()
    address = reverse("payments:settle", args=[charge.pk])
    token = browser.get(address).context["csrf_token"]
    values = {
        "cents": "50,00", "paid_on": f"{timezone.localdate():%d/%m/%Y}", "reason": "TED",
        "csrfmiddlewaretoken": str(token),
    }  # fmt: skip
    for _ in range(2):
        assert browser.post(address, values).status_code == 302
    charge.refresh_from_db()
    assert charge.settled_cents == 5_000


def test_a_short_payment_is_accepted_with_a_reason(billing: Client) -> None:
    charge = make_charge()
    charges.note_settlement(charge, None, 14_000, at=timezone.now())
    assert "obrigatório" in _do(billing, "accept", charge, reason="")
    _do(billing, "accept", charge, reason="Acordo")
    assert charge.status == Status.SETTLED
    assert "Pago" in _do(billing, "accept", charge, reason="De novo")


def test_what_came_too_much_is_given_back_in_parts(billing: Client) -> None:
    charge = make_charge()
    charges.note_settlement(charge, None, 20_000, at=timezone.now())
    assert format_brl(5_000) in _do(billing, "refund", charge, cents="50,01", reason="Pix")
    _do(billing, "refund", charge, cents="20,00", reason="Pix")
    assert (charge.status, charge.to_refund_cents) == (Status.OVER, 3_000)
    _do(billing, "refund", charge, cents="30,00", reason="Pix do dia 11")
    assert (charge.status, charge.to_refund_cents) == (Status.SETTLED, 0)


def test_a_charge_is_withdrawn_and_a_new_slip_issued(billing: Client) -> None:
    charge = make_charge()
    due = {"due_on": f"{charge.due_on:%d/%m/%Y}"}
    _do(billing, "replace", charge, **due)
    _do(billing, "replace", charge, **due)
    assert [slip.status for slip in charge.slips.order_by("pk")] == ["replaced", "issued"]
    _do(billing, "withdraw", charge, reason="Desistência")
    assert charge.status == Status.WITHDRAWN
    assert "Não há mais nada a pagar" in _do(billing, "replace", charge, **due)


def test_a_second_copy_has_the_due_date_that_staff_give_it(billing: Client) -> None:
    charge = make_charge()
    old, day = issue_slip(charge, at=timezone.now()), timezone.localdate() + timedelta(days=20)
    _do(billing, "replace", charge, due_on=f"{day:%d/%m/%Y}")
    new = charge.slips.get(status=Slip.Status.ISSUED)
    assert (charge.due_on, new.due_on, new.pk == old.pk) == (day, day, False)
    for wrong, words in ((-1, "já passou"), (400, "mais de um ano")):
        far = timezone.localdate() + timedelta(days=wrong)
        assert words in _do(billing, "replace", charge, due_on=f"{far:%d/%m/%Y}")
    assert (charge.due_on, charge.slips.count()) == (day, 2)


def test_staff_change_the_payer_while_nothing_was_paid(billing: Client, cast: Cast) -> None:
    charge = make_charge(payer=make_payer(name="Eva Melo"))
    old = issue_slip(charge, at=timezone.now())
    assert reverse("payments:change_payer", args=[charge.pk]) in _page(billing, charge)
    values = {
        "name": "Davi Reis", "tax_id": format_tax_id(a_cpf()), "email": "davi@exemplo.com.br",
        "cep": "30110-000", "street": "Rua B, 2", "district": "Centro", "city": "Belo Horizonte",
        "state": "MG",
    }  # fmt: skip
    for wrong in ({"tax_id": "111.111.111-11"}, {"cep": "3011"}, {"street": ""}):
        _do(billing, "change_payer", charge, **{**values, **wrong})
        assert charge.payer.name == "Eva Melo"
    _do(billing, "change_payer", charge, **values)
    new = charge.slips.get(status=Slip.Status.ISSUED)
    assert (charge.payer.name, new.payer, charge.payer.cep) == (
        "Davi Reis",
        charge.payer,
        "30110000",
    )
    assert new.pk != old.pk
    charges.note_settlement(charge, new, 5_000, at=timezone.now())
    assert reverse("payments:change_payer", args=[charge.pk]) not in _page(billing, charge)
    assert "pagador não pode mais" in _do(billing, "change_payer", charge, **values)


def _page(browser: Client, charge: Charge) -> str:
    return browser.get(charge.get_absolute_url()).content.decode()


def test_an_agreement_that_is_not_approved_is_marked_on_the_page(billing: Client) -> None:
    charge = make_charge(agreement=make_agreement(is_approved=False))
    assert "não homologado" in billing.get(charge.get_absolute_url()).content.decode()


def test_each_desk_is_told_once_of_a_late_charge() -> None:
    charge = make_charge()
    tomorrow = timezone.now() + timedelta(days=4)
    assert [lateness.tell_late(at=tomorrow) for _ in range(2)] == [1, 0]
    issue_slip(charge, at=tomorrow)
    assert lateness.tell_late(at=tomorrow) == 0
    assert lateness.tell_late(at=tomorrow + timedelta(days=4)) == 1
