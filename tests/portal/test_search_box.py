"""The search box over all desks: each person finds what they may see, and nothing else."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal import desks
from portal.accounts import limits
from portal.accounts.models import Company
from portal.audit.models import AuditEvent
from portal.search.services import FIRST
from portal.taxid import format_tax_id
from tests.access import World, guest_of, limited_to
from tests.factories import (
    Cast,
    make_company,
    make_document,
    make_notice,
    make_type,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.both(of="portal.ui.search")
ClientOf = Callable[..., Client]
URL = "/busca/"


def page(browser: Client, query: str) -> str:
    answer = browser.get(URL, {"q": query})
    assert answer.status_code == 200
    return answer.content.decode()


def hits(browser: Client, query: str) -> dict[str, list[str]]:
    """Titles of what is found, by the heading over them."""
    answer = browser.get(URL, {"q": query})
    assert answer.status_code == 200
    return {str(g.label): [str(h.title) for h in g.hits] for g in answer.context["groups"]}


def documents(browser: Client, query: str) -> set[str]:
    """Numbers of the documents found."""
    found = hits(browser, query).get("Faturas e relatórios", [])
    return {title.rpartition(" ")[2] for title in found}


@pytest.fixture
def papers(cast: Cast) -> dict[str, str]:
    """One document for each of three units, by number; and the code of Ana's."""
    made = make_document(cast.unit_a1, number="A-1001", amount_cents=987_654)
    make_document(cast.unit_a2, number="A-1002", amount_cents=987_654)
    make_document(cast.unit_b1, number="A-1003", amount_cents=987_654)
    return {"code": made.verification_code, "sha256": made.sha256}


def test_a_client_finds_their_documents_by_number_code_amount_unit_and_name(
    cast: Cast, papers: dict[str, str], client_of: ClientOf
):
    ana, code = client_of(cast.ana), papers["code"]
    typed = [
        "A-1001", "A-10", " A-1001 ", code, code.lower(), "-".join((code[:4], code[4:])),
        "9.876,54", "R$ 9.876,54", "9876,54", cast.unit_a1.code, cast.unit_a1.code.lower(), "sede",
        "SECRETARIAS", "secretaria sede", f"{cast.unit_a1.code} A-1",
    ]  # fmt: skip
    assert {text: documents(ana, text) for text in typed} == {key: {"A-1001"} for key in typed}


def test_nobody_finds_what_is_anothers(cast: Cast, papers: dict[str, str], client_of: ClientOf):
    """Ana has one unit of A, Bruno company B, Carla neither; the rest of A is nobody's here."""
    typed = [
        "A-10", "9.876,54", papers["code"], papers["sha256"], "secretaria", "filial", "empresa",
        *(unit.code for unit in (cast.unit_a1, cast.unit_a2, cast.unit_b1)),
    ]  # fmt: skip
    for text in typed:
        assert documents(client_of(cast.ana), text) <= {"A-1001"}
        assert documents(client_of(cast.bruno), text) <= {"A-1003"}
        assert documents(client_of(cast.carla), text) == set()
    assert "Nada encontrado" in page(client_of(cast.carla), "A-10")


def test_what_is_past_its_end_or_withdrawn_is_not_found(cast: Cast, client_of: ClientOf):
    long_ago = timezone.now() - timedelta(days=300)
    make_document(cast.unit_a1, number="velho", published_at=long_ago)
    make_document(cast.unit_a1, number="retirado", status="withdrawn")
    assert documents(client_of(cast.ana), "velho") == set()
    assert documents(client_of(cast.ana), "retirado") == set()
    assert documents(client_of(cast.faturista), "velho") == set()
    assert hits(client_of(cast.faturista), "retirado") != {}


@pytest.mark.parametrize("service", [name for name in desks.services() if name != "invoices"])
def test_a_grant_of_another_service_finds_no_document(
    service: str, cast: Cast, papers: dict[str, str]
):
    visitor = limited_to(service)(World(cast))
    for text in ("A-10", "9.876,54", "secretaria", "sede", cast.unit_a1.code):
        assert documents(visitor.browser, text) == set()
    assert documents(limited_to("invoices")(World(cast)).browser, "A-10") == {"A-1001"}


def test_a_password_finds_nothing_of_a_company_that_opens_only_for_certificates(
    cast: Cast, papers: dict[str, str], client_of: ClientOf
):
    bruno = client_of(cast.bruno)
    assert documents(bruno, "A-10") == {"A-1003"}
    Company.objects.filter(pk=cast.company_b.pk).update(certificate_only_from=date(2026, 1, 1))
    for text in (
        "A-10",
        "9.876,54",
        "empresa",
        cast.unit_b1.code,
        format_tax_id(cast.company_b.tax_id),
    ):
        assert documents(bruno, text) == set()


def test_staff_find_by_permission(cast: Cast, papers: dict[str, str], client_of: ClientOf):
    nina = make_user("Nina Prado")
    make_unit(make_company("Prado Engenharia"), "Obra", code="PRADO-1")
    assert documents(client_of(cast.faturista), "A-10") == {"A-1001", "A-1002", "A-1003"}
    assert documents(client_of(cast.faturista), "9.876,54") == {"A-1001", "A-1002", "A-1003"}
    everything = {"Pessoas": ["Nina Prado"], "Empresas": ["Prado Engenharia"],
                  "Unidades": ["PRADO-1 – Obra"]}  # fmt: skip
    assert hits(client_of(cast.atendente), "prado") == everything
    for text in (nina.cpf, format_tax_id(str(nina.cpf)), nina.email, "nina pra"):
        assert hits(client_of(cast.atendente), str(text)) == {"Pessoas": ["Nina Prado"]}
    bare = make_user("Sem Nada", is_staff=True)
    assert hits(client_of(bare), "prado") == hits(client_of(bare), "A-10") == {}
    assert hits(client_of(cast.ana), "prado") == hits(client_of(cast.ana), str(nina.cpf)) == {}


def test_a_person_is_shown_without_the_whole_cpf(cast: Cast, client_of: ClientOf):
    nina = make_user("Nina Prado")
    found = page(client_of(cast.atendente), "nina")
    assert "Nina Prado" in found
    assert str(nina.cpf) not in found
    assert format_tax_id(str(nina.cpf)) not in found


def test_news_are_found_by_who_may_read_them(cast: Cast, client_of: ClientOf):
    make_notice(title="Manutenção do portal", publish_from=timezone.now())
    make_notice(title="Manutenção interna", audience="staff", publish_from=timezone.now())
    assert hits(client_of(cast.ana), "manutenção") == {"Notícias": ["Manutenção do portal"]}
    assert len(hits(client_of(cast.atendente), "manutenção")["Notícias"]) == 2


def test_strangers_and_guests_have_no_box(cast: Cast):
    stranger = Client()
    assert stranger.get(URL, {"q": "A-10"}).status_code == 302
    assert "search-box" not in stranger.get("/").content.decode()
    guest = guest_of(lambda _world: cast.company_a)(World(cast)).browser
    assert guest.get(URL, {"q": "A-10"}).status_code == 302
    assert "search-box" not in guest.get("/").content.decode()


def test_the_box_stands_on_every_page_of_who_is_signed_in(cast: Cast, client_of: ClientOf):
    ana = client_of(cast.ana)
    assert "search-box" in ana.get("/painel/").content.decode()
    alone = page(ana, "")
    assert "search-box" not in alone  # its own page has the field in its middle
    assert alone.count('name="q"') == 1


@pytest.mark.parametrize(
    "query",
    ["", " ", "a", "\0", "\0a\0", "%", "_", "' OR 1=1 --", "a AND", '"x', "nota:1", "-", "NEAR(",
     "R$", ",", "1,", "99999999999999999999999,99", "é" * 5_000, "1 " * 500, "٣", "\\", "a\nb"],
)  # fmt: skip
def test_whatever_is_typed_gets_an_answer(query: str, cast: Cast, client_of: ClientOf):
    for person in (cast.ana, cast.admin):
        assert client_of(person).get(URL, {"q": query}).status_code == 200


def test_what_was_typed_stands_in_the_page_as_text(cast: Cast, client_of: ClientOf):
    assert 'value="&lt;b&gt;&quot;x"' in page(client_of(cast.ana), '<b>"x')
    assert "Digite um pouco mais" in page(client_of(cast.ana), "x")


def test_only_the_first_are_shown_and_the_rest_is_a_click_or_a_word_away(
    cast: Cast, client_of: ClientOf
):
    kind = make_type()
    for number in range(FIRST + 2):
        make_document(cast.unit_a1, type=kind, number=f"N{number}")
    ana, faturista = client_of(cast.ana), client_of(cast.faturista)
    assert len(documents(ana, "N")) == 0  # too short
    found = page(ana, "sede")
    assert f"Mais de {FIRST}" in found
    assert f"/faturas/?unit={cast.unit_a1.code}" in page(ana, cast.unit_a1.code)
    assert f"{reverse('admin:invoices_document_changelist')}?q=N1" in page(faturista, "N1")


def test_it_is_limited_and_leaves_no_trace(
    cast: Cast,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.setattr(limits, "limit_of", lambda _action: limits.Limit(3, 10**9))
    ana, before = client_of(cast.ana), AuditEvent.objects.count()
    assert ana.get(URL).status_code == 200  # the page alone is no search
    answers = [ana.get(URL, {"q": "52998224725"}).status_code for _ in range(4)]
    assert answers == [200] * 3 + [429]
    assert client_of(cast.bruno).get(URL, {"q": "outro"}).status_code == 200
    assert AuditEvent.objects.count() == before
    assert "52998224725" not in caplog.text


def test_it_asks_as_little_of_many_as_of_few(
    cast: Cast, client_of: ClientOf, django_assert_max_num_queries
):
    for number in range(30):
        make_document(cast.unit_a1, number=f"N{number}")
        make_user(f"Nina {number}")
    ana, admin = client_of(cast.ana), client_of(cast.admin)
    page(ana, "nina"), page(admin, "nina")
    with django_assert_max_num_queries(13):
        page(ana, "sede")
    with django_assert_max_num_queries(27):
        page(admin, "nina")
