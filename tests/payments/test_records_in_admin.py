"""Charges, slips, bank files and what came of them in the administration: found, and never edited."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.money import format_brl
from portal.payments.models import (
    BankFile,
    Charge,
    Debit,
    Difference,
    Instruction,
    Payer,
    Remittance,
    Settlement,
    Slip,
)
from portal.payments.services import decisions
from portal.payments.services.slips import issue_slip
from portal.ui.admin import ReadOnlyAdmin
from tests.factories import Cast
from tests.factories.payments import make_agreement, make_charge, make_payer

pytestmark = pytest.mark.django_db
KEPT: tuple[Any, ...] = (
    Charge,
    Slip,
    Payer,
    BankFile,
    Settlement,
    Difference,
    Debit,
    Remittance,
    Instruction,
)


def _list(model: Any) -> str:
    return reverse(f"admin:payments_{model._meta.model_name}_changelist")


@pytest.fixture
def billing(cast: Cast, client_of) -> Client:
    browser: Client = client_of(cast.faturista)
    return browser


@pytest.fixture
def slip(cast: Cast) -> Slip:
    payer = make_payer(name="Márcia Teixeira")
    charge = make_charge(agreement=make_agreement("341"), payer=payer)
    slip = issue_slip(charge, at=timezone.now())
    today = timezone.localdate()
    decisions.receive(
        charge, cents=100, paid_on=today, reason="Pix", by=cast.faturista, at=timezone.now()
    )
    Difference.objects.create(
        kind="short", agreement=charge.agreement, charge=charge, slip=slip, cents=-1,
        number=slip.number_text, noted_at=timezone.now(),
    )  # fmt: skip
    Instruction.objects.create(slip=slip, movement="01", created_at=timezone.now())
    return slip


def test_what_is_history_is_only_looked_at(billing: Client, slip: Slip) -> None:
    for model in KEPT:
        assert isinstance(admin.site._registry[model], ReadOnlyAdmin)
        assert billing.get(_list(model)).status_code == 200
        assert billing.get(_list(model) + "add/").status_code == 403
        if row := model.objects.first():
            page = billing.get(_list(model) + f"{row.pk}/change/").content.decode()
            assert 'name="_save"' not in page
            assert billing.post(_list(model) + f"{row.pk}/delete/").status_code == 403


@pytest.mark.parametrize("model", [Charge, Slip, Settlement, Difference])
def test_each_is_found_by_number_line_bar_code_and_payer(
    model: Any, billing: Client, slip: Slip
) -> None:
    other = make_charge(payer=make_payer(name="Outro"))
    issue_slip(other, at=timezone.now())
    row = {Charge: slip.charge, Slip: slip}.get(model) or model.objects.first()
    link = reverse(f"admin:payments_{model._meta.model_name}_change", args=[row.pk])
    for text in (slip.number_text, slip.printed_line, slip.barcode, slip.payer.tax_id):
        page = billing.get(_list(model), {"q": text}).content.decode()
        assert link in page, text
    assert link not in billing.get(_list(model), {"q": "99999999999999"}).content.decode()


def test_a_charge_shows_its_history_and_its_amounts_in_reais(billing: Client, slip: Slip) -> None:
    address = reverse("admin:payments_charge_change", args=[slip.charge.pk])
    page = billing.get(address).content.decode()
    assert format_brl(15_000) in page
    assert slip.number_text in page
    assert slip.charge.get_absolute_url() in page


def test_no_list_counts_its_table(billing: Client, slip: Slip) -> None:
    for model in KEPT:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            billing.get(_list(model))
        table = model._meta.db_table
        assert not [
            query["sql"] for query in asked
            if "COUNT(" in query["sql"] and f'FROM "{table}"' in query["sql"]
        ]  # fmt: skip
