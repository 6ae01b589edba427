"""A form of the dossier that is refused comes back with its file."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.forms.documents import GONE
from orders.models import Order, OrderDocument, Pendency
from orders.services import acts
from portal.accounts import limits
from portal.accounts.limits import Limit
from portal.files.models import PendingFile
from portal.files.services import sweep
from tests.factories import Cast, small_pdf
from tests.factories.orders import make_order
from tests.tickets.clients import words

pytestmark = pytest.mark.django_db
S = Order.Status


def a_pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("rg.pdf", small_pdf(), "application/pdf")


def kept(response: Any) -> dict[str, str]:
    """The hidden field of the file that the form kept."""
    found = re.search(r'name="([\w-]*file_kept)" value="([^"]+)"', response.content.decode())
    return {found[1]: found[2]} if found else {}


@pytest.fixture
def asked(cast: Cast) -> Pendency:
    """What an agent asked of Ana."""
    order = make_order(holder=cast.ana, status=S.AWAITING_VALIDATION)
    return acts.pend(order, "RG", by=cast.agente, at=timezone.now())


@pytest.fixture
def answer(asked: Pendency, cast: Cast, client_of):
    """Send Ana's answer: ``text`` and more fields; as ``browser`` where another one sends it."""
    address = reverse("orders:conclude", args=[asked.order.number])
    ana = client_of(cast.ana)

    def send(text: str, browser: Client | None = None, **more: Any) -> Any:
        return (browser or ana).post(address, {f"{asked.pk}-text": text, **more})

    return send


def test_an_answer_that_is_too_long_keeps_its_file(asked: Pendency, answer):
    refused = answer("x" * 501, **{f"{asked.pk}-file": a_pdf()})
    assert refused.status_code == 422
    assert "rg.pdf" in words(refused)
    assert not OrderDocument.objects.exists()
    again = answer("x" * 502, **kept(refused))
    assert kept(again)
    assert answer("Segue.", **kept(again)).status_code == 302
    document = OrderDocument.objects.get()
    assert (document.name, document.pendency, document.size) == ("rg.pdf", asked, len(small_pdf()))
    assert not PendingFile.objects.exists()


def test_a_file_that_is_removed_or_chosen_anew_does_not_come_in(asked: Pendency, answer):
    mine = kept(answer("x" * 501, **{f"{asked.pk}-file": a_pdf()}))
    reference = mine[f"{asked.pk}-file_kept"]
    left_out = answer("x" * 501, **mine, **{f"{asked.pk}-file_drop": reference})
    assert not kept(left_out)
    new = SimpleUploadedFile("cnh.pdf", small_pdf(), "application/pdf")
    answer("Segue.", **mine, **{f"{asked.pk}-file": new})
    assert OrderDocument.objects.get().name == "cnh.pdf"


def test_an_agent_who_forgot_to_say_what_it_is_chooses_the_file_once(cast: Cast, client_of):
    order = make_order(status=S.AWAITING_VALIDATION)
    agent, address = (
        client_of(cast.agente),
        reverse("orders:desk_add_document", args=[order.number]),
    )
    refused = agent.post(address, {"kind": "", "file": a_pdf()})
    assert refused.status_code == 422
    assert agent.post(address, {"kind": "RG", **kept(refused)}).status_code == 302
    assert OrderDocument.objects.get().name == "rg.pdf"
    # The same reference leads to nothing any more.
    assert str(GONE) in words(agent.post(address, {"kind": "RG", **kept(refused)}))


@pytest.mark.parametrize("whose", ["another person", "another order", "nobody's"])
def test_a_reference_serves_one_person_and_one_order(cast: Cast, client_of, whose: str):
    order, other = (make_order(status=S.AWAITING_VALIDATION) for _n in range(2))
    agent = client_of(cast.agente)
    address = reverse("orders:desk_add_document", args=[order.number])
    mine = kept(agent.post(address, {"kind": "", "file": a_pdf()}))
    if whose == "another person":
        agent = client_of(cast.admin)
    elif whose == "another order":
        address = reverse("orders:desk_add_document", args=[other.number])
    else:
        mine = {"file_kept": f"{mine['file_kept']}x"}
    assert str(GONE) in words(agent.post(address, {"kind": "RG", **mine}))
    assert not OrderDocument.objects.exists()


def test_after_a_day_it_is_gone_and_the_form_says_so(asked: Pendency, answer):
    mine = kept(answer("x" * 501, **{f"{asked.pk}-file": a_pdf()}))
    sweep(at=timezone.now() + timedelta(hours=25))
    assert str(GONE) in words(answer("Segue.", **mine))


def test_nobody_fills_the_store_by_forms_that_are_refused(
    asked: Pendency, answer, monkeypatch: pytest.MonkeyPatch
):
    limit_of = limits.limit_of
    assert limit_of("order-files-kept") != limits.DEFAULT
    monkeypatch.setattr(
        limits,
        "limit_of",
        lambda name: Limit(1, 3600) if name == "order-files-kept" else limit_of(name),
    )
    first, second = (answer("x" * 501, **{f"{asked.pk}-file": a_pdf()}) for _n in range(2))
    assert kept(first)
    assert not kept(second)
    assert "Escolha o arquivo “rg.pdf” mais uma vez" in words(second)
    assert PendingFile.objects.count() == 1
