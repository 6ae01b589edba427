"""Searching the administration: by beginnings and words, each by an index, never more than may be shown."""

import unicodedata

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from portal.accounts.models import AccessRequest, Company, Grant, User
from portal.taxid import format_tax_id
from portal.ui.search import SearchCriterion, each_word
from tests.factories import Cast, make_company, make_grant, make_unit, make_user

pytestmark = pytest.mark.both


def found(client: Client, model: str, q: str) -> set[str]:
    response = client.get(f"/admin/accounts/{model}/", {"q": q})
    assert response.status_code == 200
    return {str(row) for row in response.context["cl"].result_list}


@pytest.fixture
def staff(cast: Cast, client_of) -> Client:
    return client_of(cast.admin)


def test_a_company_is_found_by_words_of_its_name_in_any_order_and_case(staff: Client):
    health = make_company("Secretaria de Saúde do Estado", email="saude@exemplo.gov.br")
    make_company("Secretaria de Educação")
    for text in (
        "saúde",
        "Saú",
        "estado secretaria",
        "SECRET ESTADO",
        format_tax_id(health.tax_id),
        "saude@exemplo.gov.br",
        "saude@ex",
    ):
        assert found(staff, "company", text) == {str(health)}, text
    assert len(found(staff, "company", "secretaria de")) == 2
    for text in ("saúde educação", "zzz", "' & |", "''", "\\", ":*", "a:b <-> (c"):
        assert found(staff, "company", text) == set(), text


def test_names_are_found_with_and_without_their_accents_in_any_case(staff: Client):
    """Typed plainly, in capitals, or of two characters a letter, as some systems write."""
    one = make_company("Fundação João Conceição")
    two = make_company(unicodedata.normalize("NFD", "Associação Além-Mar"))
    plain = make_company("Grafica Sao Joao 100%")
    for text in (
        "fundacao",
        "FUNDAÇÃO",
        "conceicao fund",
        unicodedata.normalize("NFD", "João con"),
    ):
        assert found(staff, "company", text) == {str(one)}, text
    for text in ("associacao", "Associação", "ALEM", "além"):
        assert found(staff, "company", text) == {str(two)}, text
    for text in ("gráfica", "são joão", "SÃO"):
        assert found(staff, "company", text) == {str(plain)}, text
    assert found(staff, "company", "joao") == {str(one), str(plain)}
    for text in ("gr_fica", "f%o"):
        assert found(staff, "company", text) == set(), text


def test_a_unit_is_found_by_code_name_and_client(cast: Cast, staff: Client):
    unit = make_unit(make_company("Tribunal de Contas"), "Almoxarifado central", code="TC-09")
    for text in ("TC-0", "tc-09", "almox", "central almoxarifado", "tribunal contas"):
        assert found(staff, "unit", text) == {str(unit)}, text
    assert found(staff, "unit", "C-09") == set()


def test_a_grant_is_found_by_person_client_and_unit(cast: Cast, staff: Client):
    unit = make_unit(make_company("Tribunal de Contas"), code="TC-09")
    nina = make_user("Nina Prado")
    grants = {str(make_grant(nina, unit)), str(make_grant(nina, unit.company))}
    for text in ("nina", "prado nina", str(nina.cpf), format_tax_id(str(nina.cpf)), nina.email):
        assert found(staff, "grant", str(text)) == grants, text
    assert found(staff, "grant", "tribunal") == {str(Grant.objects.get(company=unit.company))}
    assert found(staff, "grant", "TC-0") == {str(Grant.objects.get(unit=unit))}


def test_a_request_is_found_by_name_and_by_the_unit_asked_for(staff: Client):
    row = AccessRequest.objects.create(
        name="Nina Prado", cpf="11144477735", email="nina@exemplo.com.br", unit_text="Escola Norte"
    )
    for text in ("nina", "norte", "111.444.777-35", "nina@"):
        assert found(staff, "accessrequest", text) == {str(row)}, text
    assert found(staff, "accessrequest", "sul") == set()


def test_the_choice_of_a_company_in_a_form_searches_alike(cast: Cast, staff: Client):
    company = make_company("Tribunal de Contas")
    query = {
        "term": "contas", "app_label": "accounts", "model_name": "unit", "field_name": "company",
    }  # fmt: skip
    answer = staff.get("/admin/autocomplete/", query).json()
    assert [row["text"] for row in answer["results"]] == [str(company)]


@pytest.mark.parametrize("unseen", ["\u200b", "\ufeff", "\u200e", "\u200b \u2060", "\xad"])
def test_characters_that_nobody_sees_change_nothing(cast: Cast, staff: Client, unseen: str):
    """Pasted from a chat or a text they may stand alone, where a word would."""
    unit = make_unit(make_company("Tribunal de Contas"), "Almoxarifado", code="TC-09")
    for text in ("TC-09", "almox", "tribunal"):
        for pasted in (f"{text} {unseen}", f"{unseen}{text}"):
            assert found(staff, "unit", pasted) == {str(unit)}, pasted
            picked = staff.get(reverse("accounts:find_unit"), {"q": pasted})
            assert "TC-09" in picked.content.decode(), pasted
    assert not Company.objects.filter(name__words=unseen).exists()
    for address in ("accounts:find_unit", "accounts:find_company", "search:results"):
        assert staff.get(reverse(address), {"q": unseen}).status_code == 200


def test_each_word_narrows_down_and_the_whole_text_counts_too():
    def meanings(text: str) -> list[SearchCriterion]:
        return [SearchCriterion(Q(name=text)), SearchCriterion(Q(code=text), ("code",))]

    one, two = each_word("um", meanings), each_word("um dois", meanings)
    assert [criterion.where for criterion in one] == [Q(name="um"), Q(code="um")]
    assert two[1] == SearchCriterion(Q(name="um") & Q(code="dois"), ("code",))
    assert [criterion.where for criterion in two[4:]] == [Q(name="um dois"), Q(code="um dois")]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="These indexes are PostgreSQL's.")
@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (Company.objects.filter(name__words="sec"), "company_by_words"),
        (User.objects.filter(name__words="ana s"), "user_by_words"),
        (AccessRequest.objects.filter(unit_text__words="x"), "request_by_unit_words"),
        (Company.objects.filter(email__startswith="sec"), "company_by_email"),
    ],
)
def test_the_index_serves_the_search(db, rows, index: str):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in rows.order_by().explain()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="These indexes are PostgreSQL's.")
@pytest.mark.parametrize(
    ("order", "index"),
    [
        (("name", "pk"), "certificate_only_by_name"),
        (("-certificate_only_from", "-pk"), "certificate_only_by_day"),
    ],
)
def test_few_that_accept_only_certificates_are_counted_without_reading_all_companies(
    db, order: tuple[str, ...], index: str
):
    """The count of ``portal.ui.lists``: a thousand rows in the order of the page."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    found = Company.objects.filter(certificate_only_from__isnull=False).order_by(*order)
    assert index in found.values("pk")[:1001].explain()
