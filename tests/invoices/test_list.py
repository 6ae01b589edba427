"""\"Relatórios Faturamento\" and \"Relatórios em Anexo\"."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoices.forms.filters import DocumentFilter
from invoices.models import Document, DocumentEvent
from invoices.services.listing import overview, scope_of
from invoices.services.removal import expire
from portal.provider.services import forget_provider
from tests.factories import (
    make_company,
    make_document,
    make_grant,
    make_report_type,
    make_type,
    make_unit,
)

pytestmark = [pytest.mark.both, pytest.mark.django_db]
LIST, REPORTS = "invoices:list", "invoices:reports"


def html(response) -> str:
    return response.content.decode()


def numbers(response) -> list[str]:
    return [row["number"] for row in response.context["page"].rows]


def test_the_latest_month_with_documents_is_shown_before_anything_is_chosen(cast, client_of):
    make_document(cast.unit_a1, number="SET1", period=date(2026, 9, 1))
    make_document(cast.unit_a1, number="OUT1", period=date(2026, 10, 1))
    response = client_of(cast.ana).get(reverse(LIST))
    assert numbers(response) == ["OUT1"]
    assert "Faturas de 10/2026" in html(response)


def test_a_document_published_this_second_decides_the_latest_month(cast, client_of):
    client = client_of(cast.ana)
    make_document(cast.unit_a1, number="SET1", period=date(2026, 9, 1))
    client.get(reverse(LIST))
    make_document(cast.unit_a1, number="OUT1", period=date(2026, 10, 1))
    assert numbers(client.get(reverse(LIST))) == ["OUT1"]


def test_a_chosen_unit_and_period_give_their_documents(cast, client_of):
    make_grant(cast.ana, cast.unit_a2)
    make_document(cast.unit_a1, number="A1SET", period=date(2026, 9, 1))
    make_document(cast.unit_a2, number="A2SET", period=date(2026, 9, 1))
    make_document(cast.unit_a1, number="A1OUT", period=date(2026, 10, 1))
    query = {"unit": cast.unit_a1.code, "period": "09/2026"}
    response = client_of(cast.ana).get(reverse(LIST), query)
    assert numbers(response) == ["A1SET"]
    page = html(response)
    assert "R$\u00a01.234,56" in page
    assert "20/11/2026" in page
    assert "Aguardando liberação" in page


def test_only_granted_units_are_offered_and_a_grant_on_the_company_offers_all_of_them(
    cast, client_of
):
    def offered(user):
        form = client_of(user).get(reverse(LIST)).context["page"].form
        return [value for value, _ in form.fields["unit"].widget.choices if value]

    assert offered(cast.ana) == [cast.unit_a1.code]
    make_grant(cast.carla, cast.company_a)
    expected = sorted([cast.unit_office.code, cast.unit_a1.code, cast.unit_a2.code])
    assert offered(cast.carla) == expected


def test_another_companys_unit_is_a_form_error_like_an_unknown_one(cast, client_of):
    make_document(cast.unit_b1, number="DEB", period=date(2026, 10, 1))
    for code in (cast.unit_b1.code, cast.unit_a2.code, "NENHUMA", "x" * 500):
        response = client_of(cast.ana).get(reverse(LIST), {"unit": code, "period": "10/2026"})
        assert response.status_code == 200
        assert "não está vinculada ao seu login" in html(response)
        assert numbers(response) == []


@pytest.mark.parametrize("typed", ["13/2026", "março", "2026", "00/2026", "2610", "1" * 12])
def test_a_wrong_period_says_how_to_write_it_and_keeps_what_was_typed(cast, client_of, typed):
    make_document(cast.unit_a1)
    response = client_of(cast.ana).get(reverse(LIST), {"period": typed})
    page = html(response)
    assert "Digite o período no formato mm/aaaa" in page
    assert f'value="{typed}"' in page
    assert numbers(response) == []


@pytest.mark.parametrize("typed", ["10/2026", "10-2026", "2026-10", " 10 / 2026 "])
def test_a_period_may_be_typed_or_picked(cast, client_of, typed):
    make_document(cast.unit_a1, number="OUT")
    assert numbers(client_of(cast.ana).get(reverse(LIST), {"period": typed})) == ["OUT"]


def test_a_range_takes_both_its_ends(cast, client_of):
    for month in range(6, 11):
        make_document(cast.unit_a1, number=f"M{month}", period=date(2026, month, 1))
    query = {"period": "07/2026", "until": "09/2026"}
    response = client_of(cast.ana).get(reverse(LIST), query)
    assert numbers(response) == ["M9", "M8", "M7"]
    assert "Faturas de 07/2026 – 09/2026" in html(response)


def test_a_range_backwards_or_without_a_start_is_an_error_at_its_field(cast, client_of):
    client = client_of(cast.ana)
    page = html(client.get(reverse(LIST), {"period": "09/2026", "until": "07/2026"}))
    assert "O mês final vem antes do mês inicial." in page
    page = html(client.get(reverse(LIST), {"until": "07/2026"}))
    assert "Informe a partir de que mês." in page


def test_type_and_release_state_narrow_the_list(cast, client_of):
    other = make_type("fatura-material", "Fatura de material")
    make_document(cast.unit_a1, number="S")
    make_document(cast.unit_a1, number="M", type=other, release="contested")
    client = client_of(cast.ana)
    assert numbers(client.get(reverse(LIST), {"type": "fatura-material"})) == ["M"]
    assert numbers(client.get(reverse(LIST), {"release": "pending"})) == ["S"]
    wrong = client.get(reverse(LIST), {"release": "tudo"})
    assert wrong.context["page"].form.errors["release"]
    assert numbers(wrong) == []


def test_a_release_state_without_a_period_looks_through_all_months(cast, client_of):
    make_document(cast.unit_a1, number="JUL", period=date(2026, 7, 1))
    make_document(cast.unit_a1, number="OUT", release="released")
    response = client_of(cast.ana).get(reverse(LIST), {"release": "pending"})
    assert numbers(response) == ["JUL"]


def test_reports_have_their_own_list_without_release(cast, client_of):
    make_document(cast.unit_a1, number="FAT")
    make_document(
        cast.unit_a1, number="REL", type=make_report_type(), content=b"a;b\n1;2\n",
        file_name="ponto.csv",
    )  # fmt: skip
    client = client_of(cast.ana)
    response = client.get(reverse(REPORTS))
    assert numbers(response) == ["REL"]
    assert "release" not in response.context["page"].form.fields
    assert not response.context["page"].rows[0]["open_url"]
    assert numbers(client.get(reverse(LIST))) == ["FAT"]


def test_what_this_person_has_not_seen_is_marked_new_for_them_alone(cast, client_of):
    make_grant(cast.carla, cast.unit_a1)
    document = make_document(cast.unit_a1)
    client_of(cast.carla).get(document.get_absolute_url())
    assert client_of(cast.ana).get(reverse(LIST)).context["page"].rows[0]["is_new"]
    assert not client_of(cast.carla).get(reverse(LIST)).context["page"].rows[0]["is_new"]
    assert not client_of(cast.faturista).get(reverse(LIST)).context["page"].rows[0]["is_new"]


def test_the_end_is_highlighted_within_30_days(cast, client_of):
    now = timezone.now()
    make_document(cast.unit_a1, number="LONGE", published_at=now)
    make_document(cast.unit_a1, number="PERTO", published_at=now - timedelta(days=170))
    rows = client_of(cast.ana).get(reverse(LIST)).context["page"].rows
    assert {row["number"]: row["ends_soon"] for row in rows} == {"PERTO": True, "LONGE": False}


def test_the_chosen_company_narrows_the_list(cast, client_of):
    make_grant(cast.carla, cast.company_a)
    make_document(cast.unit_a1, number="DEA")
    make_document(cast.unit_office, number="DOC")
    client = client_of(cast.carla)
    assert set(numbers(client.get(reverse(LIST)))) == {"DEA", "DOC"}
    client.post(reverse("accounts:context"), {"company": cast.company_a.pk})
    assert numbers(client.get(reverse(LIST))) == ["DEA"]
    # A unit named in the address counts more than the company chosen before.
    assert numbers(client.get(reverse(LIST), {"unit": cast.unit_office.code})) == ["DOC"]


def test_a_company_chosen_in_the_switcher_narrows_the_list(cast, client_of):
    make_grant(cast.carla, cast.company_a)
    make_document(cast.unit_a1, number="DEA")
    make_document(cast.unit_office, number="DOC")
    client = client_of(cast.carla)
    client.post(reverse("accounts:context"), {"company": cast.company_a.pk})
    assert numbers(client.get(reverse(LIST))) == ["DEA"]


def test_nothing_of_another_company_is_listed(cast, client_of):
    make_document(cast.unit_b1, number="DEB")
    make_document(cast.unit_a2, number="DEA2")
    response = client_of(cast.ana).get(reverse(LIST), {"period": "10/2026"})
    assert numbers(response) == []
    assert response.context["months"] == []


def test_withdrawn_and_replaced_versions_are_for_staff_only(cast, client_of):
    make_document(cast.unit_a1, number="VALE")
    make_document(cast.unit_a1, number="SAIU", status=Document.Status.WITHDRAWN)
    assert numbers(client_of(cast.ana).get(reverse(LIST))) == ["VALE"]
    response = client_of(cast.faturista).get(reverse(LIST))
    assert set(numbers(response)) == {"VALE", "SAIU"}
    assert "Retirado" in html(response)


def test_staff_find_a_unit_by_its_code(cast, client_of):
    make_document(cast.unit_a1, number="DEA")
    make_document(cast.unit_b1, number="DEB")
    client = client_of(cast.faturista)
    typed = cast.unit_b1.code.lower()
    assert numbers(client.get(reverse(LIST), {"unit": typed})) == ["DEB"]
    assert "não existe" in html(client.get(reverse(LIST), {"unit": "NENHUMA"}))


def test_staff_without_the_permission_see_nobodys_documents(cast, client_of):
    make_document(cast.unit_a1)
    cast.agente.user_permissions.clear()
    cast.agente.groups.clear()
    assert numbers(client_of(cast.agente).get(reverse(LIST), {"period": "10/2026"})) == []


@pytest.mark.parametrize(
    ("zone", "hour"), [("America/Sao_Paulo", 3), ("America/Manaus", 4), ("America/Rio_Branco", 5)]
)
def test_a_document_is_listed_until_the_last_minute_of_its_last_day_where_the_unit_is(
    cast, zone, hour
):
    cast.unit_a1.timezone = zone
    cast.unit_a1.save()
    published = datetime(2026, 8, 31, 15, tzinfo=UTC)
    document = make_document(cast.unit_a1, published_at=published)
    assert document.available_until == date(2027, 2, 28)
    midnight = datetime(2027, 3, 1, hour, tzinfo=UTC)
    for at, listed in ((midnight - timedelta(minutes=1), 1), (midnight, 0)):
        scope = scope_of(cast.ana, None, at)
        form = DocumentFilter({}, scope=scope, kind="invoice")
        assert form.documents().count() == listed
        assert len(overview(scope, "invoice").months) == listed


def test_what_is_held_stays_listed_past_its_end_and_says_so(cast, client_of):
    old = timezone.now() - timedelta(days=400)
    make_document(cast.unit_a1, number="FOI", published_at=old)
    make_document(
        cast.unit_a1, number="FICA", published_at=old, legal_hold=True, legal_hold_reason="Processo"
    )
    response = client_of(cast.ana).get(reverse(LIST))
    assert numbers(response) == ["FICA"]
    assert "mantido por retenção legal" in html(response)


def test_a_grant_that_ended_shows_nothing(cast, client_of):
    make_document(cast.unit_a1)
    cast.ana.grants.update(valid_until=timezone.now() - timedelta(seconds=1))
    page = html(client_of(cast.ana).get(reverse(LIST)))
    assert "Ainda não há unidade vinculada ao seu login" in page
    assert reverse("invoices:questions") in page


def test_the_months_offered_are_those_with_documents_of_the_chosen_unit(cast, client_of):
    make_grant(cast.ana, cast.unit_a2)
    make_document(cast.unit_a1, period=date(2026, 10, 1))
    make_document(cast.unit_a1, period=date(2026, 8, 1))
    make_document(cast.unit_a2, period=date(2026, 9, 1))
    response = client_of(cast.ana).get(reverse(LIST), {"unit": cast.unit_a1.code})
    assert [month for month, _ in response.context["months"]] == ["10/2026", "08/2026"]
    assert "?unit=" in html(response)


def test_pages_of_25_lead_to_each_other_and_keep_the_filter(cast, client_of):
    for number in range(60):
        make_document(cast.unit_a1, number=f"{number:03d}")
    client, seen, address = client_of(cast.ana), [], f"{reverse(LIST)}?period=10/2026"
    while address:
        response = client.get(address)
        seen += numbers(response)
        cursor = response.context["page"].next
        address = f"{reverse(LIST)}?period=10/2026&cursor={cursor}" if cursor else ""
    assert seen == [f"{number:03d}" for number in reversed(range(60))]
    broken = client.get(reverse(LIST), {"period": "10/2026", "cursor": "não-vale"})
    assert numbers(broken)[0] == "059"


def test_the_list_costs_the_same_queries_for_few_and_for_many_documents(cast, client_of):
    client = client_of(cast.ana)

    def queries(query):
        client.get(reverse(LIST), query)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(reverse(LIST), query).status_code == 200
        # The session comes from the cache in production, from the database here.
        return len([q for q in caught if "django_session" not in q["sql"]])

    make_document(cast.unit_a1)
    few = queries({"period": "10/2026"})
    for _ in range(30):
        document = make_document(cast.unit_a1)
        DocumentEvent.objects.create(
            document=document, kind="seen", user=cast.ana, at=timezone.now()
        )
    # The user, their grants, their units, what there is of them, the rows.
    assert queries({"period": "10/2026"}) == few <= 5
    assert queries({}) <= 5


def test_an_anonymous_visitor_is_sent_to_the_login(client, db):
    for name in (LIST, REPORTS, "invoices:export_zip", "invoices:questions"):
        response = client.get(reverse(name))
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))


def test_an_inactive_company_disappears(cast, client_of):
    make_document(cast.unit_a1)
    other = make_company("Outra")
    make_grant(cast.ana, make_unit(other))
    cast.company_a.is_active = False
    cast.company_a.save()
    assert numbers(client_of(cast.ana).get(reverse(LIST), {"period": "10/2026"})) == []


def test_staff_without_the_permission_see_no_client_s_documents(cast):
    """A registration agent knows the units, and none of their invoices."""
    document = make_document(cast.unit_a1)
    assert cast.agente.has_perm("accounts.view_unit")
    assert not Document.objects.visible_to(cast.agente, at=timezone.now()).exists()
    assert document in Document.objects.visible_to(cast.faturista, at=timezone.now())


def test_the_selection_is_counted_and_added_up_whichever_page_of_it_is_shown(cast, client_of):
    make_document(cast.unit_a1, period=date(2026, 9, 1), amount_cents=999)
    for number in range(30):
        make_document(cast.unit_a1, number=f"{number:03d}", amount_cents=100)
    client = client_of(cast.ana)
    first = client.get(reverse(LIST), {"period": "10/2026"}).context["page"]
    second = client.get(reverse(LIST), {"period": "10/2026", "cursor": first.next}).context["page"]
    assert [len(first.rows), len(second.rows)] == [25, 5]
    for page in (first, second):
        assert (page.count_text, page.total_text) == ("30 resultados", "R$\u00a030,00")


def test_staff_see_how_many_of_everybody_s_there_are_without_a_unit(cast, client_of):
    for number in range(30):
        make_document(cast.unit_a1, number=f"{number:03d}")
    page = client_of(cast.faturista).get(reverse(LIST)).context["page"]
    assert page.count_text == "30 resultados"


def test_a_client_s_list_is_sorted_by_a_heading_and_everybody_s_only_by_period(cast, client_of):
    make_document(cast.unit_a1, number="B", amount_cents=100)
    make_document(cast.unit_a1, number="A", amount_cents=None)
    make_document(cast.unit_a1, number="C", amount_cents=300)
    ana, staff = client_of(cast.ana), client_of(cast.faturista)
    assert numbers(ana.get(reverse(LIST), {"sort": "document"})) == ["A", "B", "C"]
    assert numbers(ana.get(reverse(LIST), {"sort": "-amount"})) == ["C", "B", "A"]
    everybody = staff.get(reverse(LIST), {"sort": "document"})
    assert numbers(everybody) == numbers(staff.get(reverse(LIST)))
    assert not any(heading.url for heading in everybody.context["page"].headings)
    one_unit = {"sort": "document", "unit": cast.unit_a1.code}
    assert numbers(staff.get(reverse(LIST), one_unit)) == ["A", "B", "C"]


def test_a_type_that_the_chosen_unit_does_not_have_finds_nothing_and_is_no_error(cast, client_of):
    make_type("fatura-material", "Fatura de material")
    make_document(cast.unit_a1)
    response = client_of(cast.ana).get(reverse(LIST), {"type": "fatura-material"})
    assert numbers(response) == []
    assert not response.context["page"].form.errors
    assert client_of(cast.ana).get(reverse(LIST), {"type": "x"}).context["page"].form.errors


def test_files_of_the_list_keep_its_filter(cast, client_of):
    make_document(cast.unit_a1)
    page = client_of(cast.ana).get(reverse(LIST), {"period": "10/2026"}).context["page"]
    urls = [url for _label, url, _icon in page.exports]
    assert f"{reverse('invoices:export_csv')}?period=10%2F2026&kind=invoice" in urls


def test_a_month_that_was_removed_says_so(cast, client_of):
    old = timezone.now() - timedelta(days=240)
    make_document(cast.unit_a1, period=date(2026, 1, 1), published_at=old)
    expire(as_of=timezone.now())
    page = html(client_of(cast.ana).get(reverse(LIST), {"period": "01/2026"}))
    assert (
        "Os documentos de 01/2026 já foram removidos: cada um fica disponível por 6 meses." in page
    )


def test_a_month_before_the_provider_s_first_says_so(cast, client_of):
    cast.provider.first_month = date(2025, 3, 1)
    cast.provider.save()
    forget_provider()
    page = html(client_of(cast.ana).get(reverse(LIST), {"period": "02/2025"}))
    assert "O portal tem documentos a partir de 03/2025." in page
    assert "a partir de" not in html(client_of(cast.ana).get(reverse(LIST), {"period": "03/2025"}))


def test_a_unit_that_the_person_has_opens_whatever_place_was_chosen_before(cast, client_of):
    make_grant(cast.ana, cast.unit_b1)
    make_document(cast.unit_b1, number="DE-B")
    client = client_of(cast.ana)
    client.post(reverse("accounts:context"), {"unit": cast.unit_a1.pk})
    page = html(client.get(reverse(LIST), {"unit": cast.unit_b1.code}))
    assert "DE-B" in page
    assert "não está vinculada" not in page
    foreign = html(client.get(reverse(LIST), {"unit": cast.unit_a2.code}))
    assert "não está vinculada" in foreign
