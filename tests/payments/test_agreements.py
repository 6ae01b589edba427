"""Agreements in the administration: a test slip has to come out of what is saved."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.admin.audited import AuditedAdmin
from portal.audit.models import AuditEvent
from portal.payments.models import Agreement, Slip
from portal.payments.services.slips import issue_slip
from tests.factories import Cast, a_cnpj
from tests.factories.payments import AT_EACH_BANK, make_agreement, make_charge

pytestmark = pytest.mark.django_db
ADD = "admin:payments_agreement_add"
CHANGE = "admin:payments_agreement_change"


@pytest.fixture
def admin(cast: Cast, client_of) -> Client:
    browser: Client = client_of(cast.admin)
    return browser


def _values(bank: str, **values: str) -> dict[str, str]:
    return {
        "name": "Cobrança", "bank": bank, "beneficiary": "AR Exemplo Ltda",
        "beneficiary_cnpj": a_cnpj(), "beneficiary_address": "Rua A, 1", "last_number": "0",
        "last_file": "0", "days_to_pay": "3", "late_days": "0", "interest": "100", "fine": "200",
        "tolerance_cents": "0", "is_active": "on", **AT_EACH_BANK[bank], **values,
    }  # fmt: skip


@pytest.mark.parametrize("bank", AT_EACH_BANK)
def test_an_agreement_with_each_bank_is_added_and_audited(bank: str, admin: Client) -> None:
    response = admin.post(reverse(ADD), _values(bank))
    assert response.status_code == 302, response.context["errors"]
    assert AuditEvent.objects.filter(action="agreement.created").count() == 1


@pytest.mark.parametrize(
    ("bank", "wrong", "words"),
    [
        ("001", {"code": "12345678"}, "4, 6 nem 7"),
        ("341", {"account_digit": "0"}, "é 7, não 0"),
        ("104", {"carteira": "9"}, "Carteira"),
        ("748", {"variation": ""}, "Posto"),
        ("341", {"last_number": "99999999"}, "esgotou"),
    ],
)
def test_an_agreement_of_which_no_slip_can_be_made_is_refused(
    bank: str, wrong: dict[str, str], words: str, admin: Client
) -> None:
    page = admin.post(reverse(ADD), _values(bank, **wrong)).content.decode()
    assert words in page
    assert not Agreement.objects.exists()


def test_the_page_shows_the_next_number_and_the_line_of_a_test_slip(admin: Client) -> None:
    agreement = make_agreement("341", last_number=41)
    page = admin.get(reverse(CHANGE, args=[agreement.pk])).content.decode()
    assert "109/00000042-4" in page
    assert "34191.09008 00004.241238 45678.970000" in page
    assert Agreement.objects.get().last_number == 41


def test_what_issued_slips_are_made_of_stays_and_their_terms_too(admin: Client) -> None:
    agreement = make_agreement("341", fine=200, late_days=30)
    slip = issue_slip(make_charge(agreement=agreement), at=timezone.now())
    address = reverse(CHANGE, args=[agreement.pk])
    page = admin.post(address, _values("341", agency="4321", account_digit="", last_number="9"))
    assert "adicione outro" in page.content.decode()
    terms = {"fine": "999", "late_days": "0", "instructions": "Nova", "last_number": "9"}
    assert admin.post(address, _values("341", **terms)).status_code == 302
    again = Slip.objects.select_related("agreement").get()
    assert again.agreement.fine == 999
    assert (again.fine, again.late_days, again.printed_instructions) == (200, 30, "")
    assert again.last_day == slip.due_on + timedelta(days=30)


def test_an_account_has_one_agreement_a_series(admin: Client) -> None:
    first = make_agreement("104")
    page = admin.post(reverse(ADD), _values("104", agency="9", account="1")).content.decode()
    assert f"“{first.name}” já dá estes números" in page
    assert admin.post(reverse(ADD), _values("104", carteira="2")).status_code == 302


@pytest.mark.both
@pytest.mark.parametrize(
    ("same", "words"),
    [({}, "já dá estes números"), ({"name": "Cobrança", "code": "7654321"}, "já existe")],
    ids=["series", "name"],
)
def test_who_saves_at_the_same_moment_as_somebody_else_is_told_by_the_form(
    same: dict[str, str], words: str, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one commits between the form's look and the write, which the constraint refuses."""
    view = AuditedAdmin.changeform_view

    def beaten(*args: Any, **more: Any) -> Any:
        if Agreement.objects.exists():
            return view(*args, **more)
        make_agreement("001", **same)
        raise IntegrityError

    monkeypatch.setattr(AuditedAdmin, "changeform_view", beaten)
    page = admin.post(reverse(ADD), _values("001", instructions="Não receber em cheque"))
    assert words in page.content.decode()
    assert "Não receber em cheque" in page.content.decode()
    assert Agreement.objects.count() == 1


def test_instructions_that_leave_no_room_on_the_slip_are_refused(admin: Client) -> None:
    lines = "\n".join(["linha"] * 9)
    assert (
        "8 linhas" in admin.post(reverse(ADD), _values("341", instructions=lines)).content.decode()
    )


def test_the_last_number_only_rises(admin: Client) -> None:
    agreement = make_agreement("341", last_number=41)
    address = reverse(CHANGE, args=[agreement.pk])
    assert (
        "só pode aumentar" in admin.post(address, _values("341", last_number="40")).content.decode()
    )
    admin.post(address, _values("341", last_number="100"))
    assert Agreement.objects.get().last_number == 100


def test_an_agreement_with_charges_is_not_deleted(admin: Client) -> None:
    used, unused = make_charge().agreement, make_agreement()
    for agreement, status in ((used, 403), (unused, 200)):
        address = reverse("admin:payments_agreement_delete", args=[agreement.pk])
        assert admin.get(address).status_code == status
