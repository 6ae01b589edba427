"""Staff find any document among millions, look at it, hold and free it; nothing else is done here."""

import re
from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoices.admin.documents import DocumentAdmin
from invoices.models import Document, DocumentEvent, DocumentType
from invoices.services.removal import expire
from portal.audit.models import AuditEvent
from tests.factories import Cast, make_company, make_document, make_unit
from tests.invoices.test_removal import LONG_AGO

pytestmark = pytest.mark.both

LIST = "admin:invoices_document_changelist"


@pytest.fixture
def staff(cast: Cast, client_of) -> Client:
    return client_of(cast.admin)


def listed(client: Client, query: str = "", name: str = LIST) -> set[str]:
    """The numbers that a list shows."""
    response = client.get(reverse(name) + query)
    assert response.status_code == 200
    return {row.number for row in response.context["cl"].result_list}


def test_search_finds_by_number_code_hash_unit_and_client(cast: Cast, staff: Client):
    unit = make_unit(cast.company_b, code="MAO-7")
    document = make_document(unit, number="2026/000123", content=b"a;b\n", file_name="a.csv")
    make_document(cast.unit_a1, number="999")
    code = document.verification_code
    spelled = "-".join(re.findall("....", code)).lower()
    for text in (
        "2026/000123",
        "2026/0001",
        code,
        spelled,
        document.sha256,
        "MAO-7",
        "mao-7",
        "MAO",
        cast.company_b.name,
        cast.company_b.name[:5].lower(),
        "MAO-7 2026",
        "2026 MAO",
        f"2026 MAO {cast.company_b.name.split()[0]}",
    ):
        assert listed(staff, f"?q={text}") == {"2026/000123"}, text
    for text in ("000123", "MAO-7 999", "AO-7", "x" * 64, "A" * 16):
        assert listed(staff, f"?q={text}") == set(), text


def test_a_search_within_a_filter_keeps_to_it(cast: Cast, staff: Client):
    make_document(cast.unit_a1, number="51", release="contested")
    make_document(cast.unit_a1, number="52")
    assert listed(staff, "?q=5&release__exact=contested") == {"51"}


def test_what_is_found_is_shown_newest_first_in_pages(
    cast: Cast, staff: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(DocumentAdmin, "list_per_page", 2)
    for number in ("71", "73", "8", "72"):
        make_document(cast.unit_a1, number=number)
    cl = staff.get(reverse(LIST) + "?q=7").context["cl"]
    assert [row.number for row in cl.result_list] == ["72", "73"]
    assert listed(staff, cl.next_page) == {"71"}


def test_a_search_that_means_too_much_stops_and_says_so(
    cast: Cast, staff: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("portal.ui.admin.MOST", 3)
    for number in ("74", "73", "72", "71"):
        make_document(cast.unit_a1, number=number)
    page = staff.get(reverse(LIST) + "?q=7")
    # The first ones by number: what a longer beginning will find is among them or beyond.
    assert {row.number for row in page.context["cl"].result_list} == {"71", "72", "73"}
    said = "Há mais resultados do que os 3 mostrados aqui. Digite mais."
    assert said in page.content.decode()
    for text in ("72", "zzz", ""):
        assert said not in staff.get(reverse(LIST) + f"?q={text}").content.decode(), text


def test_of_clients_of_one_name_the_first_are_shown_and_another_word_still_finds_the_rest(
    cast: Cast, staff: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("invoices.services.finding.CLIENTS", 1)
    for i in range(3):
        unit = make_unit(make_company(f"Tribunal {i}"), code=f"TR-{i}")
        make_document(unit, number=f"9{i}")
    page = staff.get(reverse(LIST) + "?q=tribunal")
    assert len(page.context["cl"].result_list) == 1
    assert "Há mais resultados" in page.content.decode()
    for text in ("tribunal TR-2", "92 tribunal", "tribunal 2"):
        page = staff.get(reverse(LIST) + f"?q={text}")
        assert {row.number for row in page.context["cl"].result_list} == {"92"}, text
        assert "Há mais resultados" not in page.content.decode(), text


def test_filters_are_shown_newest_month_first(cast: Cast, staff: Client):
    for number, month in (("1", 3), ("2", 5), ("3", 4)):
        make_document(cast.unit_a1, number=number, period=date(2026, month, 1), release="released")
    cl = staff.get(reverse(LIST) + "?release__exact=released").context["cl"]
    assert [row.number for row in cl.result_list] == ["2", "3", "1"]


def test_a_search_reads_no_more_rows_than_it_may_show(cast: Cast, staff: Client):
    make_document(cast.unit_a1, number="71")
    with CaptureQueriesContext(connection) as queries:
        staff.get(reverse(LIST) + f"?q={cast.unit_a1.code}")
    about = [q["sql"] for q in queries if 'FROM "invoices_document"' in q["sql"]]
    assert len(about) == 3  # by number, by code, and the page itself
    assert not [sql for sql in about if " LIMIT " not in sql]


def test_staff_without_the_permission_find_nothing(cast: Cast, client_of):
    make_document(cast.unit_a1, number="71")
    cast.atendente.groups.clear()
    cast.atendente.user_permissions.clear()
    client: Client = client_of(cast.atendente)
    assert client.get(reverse(LIST) + "?q=71").status_code == 403
    assert client_of(cast.ana).get(reverse(LIST) + "?q=71").status_code in (302, 403, 404)


def test_no_list_counts_or_skips_rows(cast: Cast, staff: Client):
    for _i in range(3):
        make_document(cast.unit_a1)
    for query in ("", "?q=0", "?status__exact=published", "?legal_hold__exact=1"):
        with CaptureQueriesContext(connection) as queries:
            staff.get(reverse(LIST) + query)
        about = [q["sql"] for q in queries if "invoices_document" in q["sql"]]
        assert about
        assert not [sql for sql in about if "COUNT(" in sql.upper() or " OFFSET " in sql.upper()]


def test_pages_by_key_reach_every_document_and_the_last_page(
    cast: Cast, staff: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(DocumentAdmin, "list_per_page", 3)
    for number in range(1, 9):
        make_document(cast.unit_a1, number=str(number))

    def page(query: str) -> tuple[list[str], object]:
        cl = staff.get(reverse(LIST) + query).context["cl"]
        return [row.number for row in cl.result_list], cl

    first, cl = page("?status__exact=published")
    assert first == ["8", "7", "6"]
    assert (cl.first_page, cl.previous_page) == ("", "")  # type: ignore[attr-defined]
    second, cl2 = page(cl.next_page)  # type: ignore[attr-defined]
    assert second == ["5", "4", "3"]
    assert "status__exact=published" in cl2.next_page  # type: ignore[attr-defined]
    assert page(cl2.previous_page)[0] == first  # type: ignore[attr-defined]
    last, cl3 = page(cl.last_page)  # type: ignore[attr-defined]
    assert last == ["3", "2", "1"]
    assert (cl3.next_page, cl3.last_page) == ("", "")  # type: ignore[attr-defined]
    assert page(cl3.first_page)[0] == first  # type: ignore[attr-defined]


def test_the_list_costs_the_same_with_many_rows(cast: Cast, staff: Client):
    staff.get(reverse(LIST))
    counts = []
    for rows in (2, 20):
        for _i in range(rows):
            make_document(cast.unit_a1)
        with CaptureQueriesContext(connection) as queries:
            staff.get(reverse(LIST))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_document_is_read_only_shows_its_history_and_no_key_of_the_store(
    cast: Cast, staff: Client
):
    document = make_document(cast.unit_a1)
    DocumentEvent.objects.create(document=document, kind="opened", user=cast.ana, at=timezone.now())
    url = reverse("admin:invoices_document_change", args=[document.pk])
    page = staff.get(url).content.decode()
    assert document.sha256 in page
    assert "Ana Souza" in page
    assert document.file_key not in page
    assert document.get_absolute_url() in page
    assert 'name="_save"' not in page
    assert staff.post(url, {"number": "1"}).status_code == 403
    assert (
        staff.post(reverse("admin:invoices_document_delete", args=[document.pk])).status_code == 403
    )
    assert staff.get(reverse("admin:invoices_document_add")).status_code == 403


def test_what_is_past_its_end_is_invisible_in_the_admin_too(cast: Cast, staff: Client):
    document = make_document(cast.unit_a1, published_at=LONG_AGO, number="555")
    assert listed(staff) == set()
    response = staff.get(reverse("admin:invoices_document_change", args=[document.pk]))
    assert response.status_code == 302


def test_tombstones_are_searched_like_documents(cast: Cast, staff: Client):
    document = make_document(cast.unit_a1, published_at=LONG_AGO, number="555")
    expire(as_of=timezone.now())
    name = "admin:invoices_tombstone_changelist"
    client = cast.company_a.name
    for text in ("555", document.verification_code, document.sha256, cast.unit_a1.code, client):
        assert listed(staff, f"?q={text}", name) == {"555"}, text
    assert staff.get(reverse("admin:invoices_purgerun_changelist")).status_code == 200


def test_other_peoples_documents_are_chosen_on_the_list_and_held_with_a_reason(
    cast: Cast, staff: Client
):
    first, second = make_document(cast.unit_a1), make_document(cast.unit_b1)
    chosen = {"action": "put_on_hold", "_selected_action": [first.pk, second.pk]}
    asked = staff.post(reverse(LIST), chosen)
    assert asked.status_code == 302
    page = staff.get(asked["Location"])
    assert page.status_code == 200
    assert first.number in page.content.decode()

    refused = staff.post(asked["Location"], {"reason": " "})
    assert refused.status_code == 200
    assert not Document.objects.filter(legal_hold=True).exists()

    done = staff.post(asked["Location"], {"reason": "Processo 9"}, follow=True)
    assert "2 documentos alterados." in done.content.decode()
    assert set(Document.objects.values_list("legal_hold_reason", flat=True)) == {"Processo 9"}
    event = AuditEvent.objects.filter(action="document.held").first()
    assert event
    assert event.actor_id == cast.admin.pk
    assert event.address == "127.0.0.1"


def test_lifting_warns_of_what_disappears_at_once(cast: Cast, staff: Client):
    document = make_document(
        cast.unit_a1, published_at=LONG_AGO, legal_hold=True, legal_hold_reason="Processo 1"
    )
    url = f"{reverse('admin:invoices_document_free')}?ids={document.pk}"
    page = staff.get(url).content.decode()
    assert "1 deles já passou do prazo" in page
    assert "Processo 1" in page
    done = staff.post(url, follow=True).content.decode()
    assert "1 documento alterado." in done
    assert listed(staff) == set()


def test_what_cannot_be_held_is_named_and_the_rest_is_done(cast: Cast, staff: Client):
    held = make_document(cast.unit_a1, legal_hold=True, legal_hold_reason="Processo 1", number="77")
    other = make_document(cast.unit_a1)
    url = f"{reverse('admin:invoices_document_hold')}?ids={held.pk},{other.pk}"
    page = staff.post(url, {"reason": "Processo 2"}, follow=True).content.decode()
    assert "Já está em retenção legal." in page
    assert "1 documento alterado." in page


@pytest.mark.parametrize(
    "query", ["", "?ids=", "?ids=0", "?ids=abc,-1", "?ids=99999999999999999999"]
)
def test_holding_nothing_is_a_404(staff: Client, query: str):
    assert staff.get(reverse("admin:invoices_document_hold") + query).status_code == 404


def test_only_who_may_hold_sees_and_does_it(cast: Cast, client_of):
    document = make_document(cast.unit_a1)
    cast.atendente.user_permissions.set(Permission.objects.filter(codename="view_document"))
    cast.atendente.groups.clear()
    client: Client = client_of(cast.atendente)
    page = client.get(
        reverse("admin:invoices_document_change", args=[document.pk])
    ).content.decode()
    assert document.number in page
    assert "retenção legal</a>" not in page
    for name in ("hold", "free"):
        url = f"{reverse(f'admin:invoices_document_{name}')}?ids={document.pk}"
        assert client.get(url).status_code == 403
        assert client.post(url, {"reason": "x"}).status_code == 403
    document.refresh_from_db()
    assert not document.legal_hold


def test_a_change_of_months_is_audited_and_leaves_what_is_published_alone(
    cast: Cast, staff: Client
):
    document = make_document(cast.unit_a1)
    kind = DocumentType.objects.get()
    page = staff.get(reverse("admin:invoices_documenttype_change", args=[kind.pk])).content.decode()
    assert "vale para o que for publicado a partir dela" in page
    data = {
        "code": kind.code,
        "name": kind.name,
        "kind": kind.kind,
        "retention_months": 12,
        "is_active": "on",
    }
    url = reverse("admin:invoices_documenttype_change", args=[kind.pk])
    assert staff.post(url, data).status_code == 302
    end = document.expires_at
    document.refresh_from_db()
    assert document.expires_at == end
    event = AuditEvent.objects.get(action="documenttype.changed")
    assert event.data == {"retention_months": 12, "is_active": True}
