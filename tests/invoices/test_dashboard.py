"""The invoice desk's cards on the dashboard."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoices.models import Batch, Document
from invoices.services.removal import expire
from portal.periods import add_months, format_period
from tests.factories import make_document, make_grant, make_report_type, make_user

pytestmark = [pytest.mark.both, pytest.mark.django_db]
PAGE = "ui:dashboard"


def parts(response) -> dict[str, Any]:
    for card in response.context["cards"]:
        if card.template == "invoices/cards/client.html":
            return {part["kind"]: part for part in card.context["parts"]}
    return {}


def chart(response) -> dict[str, Any]:
    return next(
        c.context for c in response.context["cards"] if c.template == "invoices/cards/chart.html"
    )


def test_what_is_new_waits_and_disappears_is_counted_and_listed(cast, client_of):
    now = timezone.now()
    seen = make_document(cast.unit_a1, number="VISTO")
    make_document(cast.unit_a1, number="NOVO")
    make_document(
        cast.unit_a1, number="SAI", published_at=now - timedelta(days=170), release="released"
    )
    make_document(cast.unit_b1, number="ALHEIO")
    client = client_of(cast.ana)
    client.get(seen.get_absolute_url())
    response = client.get(reverse(PAGE))
    found = parts(response)
    assert [row["name"] for row in found["new"]["rows"]] == ["Fatura de serviços NOVO"]
    assert found["waiting"]["count"] == "2"
    assert [row["name"] for row in found["ending"]["rows"]] == ["Fatura de serviços SAI"]
    assert "ALHEIO" not in response.content.decode()


def test_more_than_99_are_not_counted_further(cast, client_of):
    document = make_document(cast.unit_a1)
    Document.objects.bulk_create(
        Document(
            **{
                f.attname: getattr(document, f.attname)
                for f in Document._meta.concrete_fields
                if f.attname not in ("id", "number", "file_key", "verification_code")
            },
            number=str(i), file_key=f"k{i}", verification_code=f"c{i}",
        )
        for i in range(150)
    )  # fmt: skip
    found = parts(client_of(cast.ana).get(reverse(PAGE)))
    assert found["waiting"]["count"] == "99+"
    assert len(found["waiting"]["rows"]) == 5
    assert [url for _text, url in found["waiting"]["links"]] == [
        reverse("invoices:list") + "?show=waiting"
    ]


def test_who_only_consults_is_not_asked_to_release(cast, client_of):
    reader = make_user("Vera Leitora")
    make_grant(reader, cast.unit_a1, "consult")
    make_document(cast.unit_a1)
    assert parts(client_of(reader).get(reverse(PAGE)))["waiting"]["count"] == "0"


def test_the_chart_adds_up_the_published_invoices_of_each_month(cast, client_of):
    make_grant(cast.ana, cast.unit_a2)
    this = timezone.localdate().replace(day=1)
    last = add_months(this, -1)
    make_document(cast.unit_a1, period=last, amount_cents=10_000)
    make_document(cast.unit_a2, period=last, amount_cents=5_000)
    make_document(cast.unit_a1, period=last, amount_cents=700, status=Document.Status.WITHDRAWN)
    make_document(cast.unit_a1, period=last, type=make_report_type(), amount_cents=900)
    make_document(cast.unit_a1, period=add_months(this, -12), amount_cents=1)
    make_document(cast.unit_b1, period=last, amount_cents=3)
    client = client_of(cast.ana)
    drawn = chart(client.get(reverse(PAGE)))
    assert len(drawn["series"]) == 12
    values = {bar["label"]: bar["value"] for bar in drawn["series"] if bar["value"]}
    assert values == {f"{last:%m/%y}": 15_000}
    bar = next(bar for bar in drawn["series"] if bar["value"])
    assert format_period(last).replace("/", "%2F") in bar["url"]
    one = chart(client.get(reverse(PAGE), {"unit": cast.unit_a2.code}))
    assert [bar["value"] for bar in one["series"] if bar["value"]] == [5_000]
    foreign = chart(client.get(reverse(PAGE), {"unit": cast.unit_b1.code}))
    assert [bar["value"] for bar in foreign["series"] if bar["value"]] == [15_000]


def test_a_person_without_any_unit_is_told_what_to_do(cast, client_of):
    response = client_of(make_user("Nina Nova")).get(reverse(PAGE))
    page = response.content.decode()
    assert "Ainda não há unidade vinculada ao seu login" in page
    assert reverse("invoices:questions") + "?topic=access" in page


def test_who_publishes_sees_the_last_batches_and_what_is_contested(cast, client_of):
    Batch.objects.create(name="Outubro", created_by=cast.faturista)
    make_document(
        cast.unit_b1, number="RUIM", release="contested", release_at=timezone.now(),
        release_by=cast.bruno,
    )  # fmt: skip
    page = client_of(cast.faturista).get(reverse(PAGE)).content.decode()
    assert "Outubro" in page
    assert "Fatura de serviços RUIM" in page
    assert "Últimos lotes" not in client_of(cast.agente).get(reverse(PAGE)).content.decode()
    assert "Últimos lotes" not in client_of(cast.ana).get(reverse(PAGE)).content.decode()


def test_the_dashboard_costs_the_same_queries_for_few_and_for_many_documents(cast, client_of):
    client = client_of(cast.ana)

    def queries():
        with CaptureQueriesContext(connection) as caught:
            client.get(reverse(PAGE))
        return len([q for q in caught if "django_session" not in q["sql"]])

    make_document(cast.unit_a1)
    queries()
    few = queries()
    for month in range(1, 10):
        for _ in range(4):
            make_document(cast.unit_a1, period=date(2026, month, 1))
    assert queries() == few <= 24


def test_the_menu_leads_clients_to_their_lists(cast, client_of):
    page = client_of(cast.ana).get(reverse(PAGE)).content.decode()
    for name in ("invoices:list", "invoices:reports", "invoices:questions"):
        assert f'href="{reverse(name)}"' in page


@pytest.mark.parametrize("kind", ["waiting", "new", "ending"])
def test_a_card_counts_what_its_lists_show(cast, client_of, kind):
    now, client = timezone.now(), client_of(cast.ana)
    make_grant(cast.ana, cast.unit_a2, "consult")  # reads there, releases nothing
    soon = now - timedelta(days=170)
    for unit in (cast.unit_a1, cast.unit_a2):
        make_document(unit)
        make_document(unit, published_at=soon, release="released")
        make_document(unit, type=make_report_type())
        client.get(make_document(unit).get_absolute_url())
    card = parts(client.get(reverse(PAGE)))[kind]
    pages = [client.get(url).context["page"] for _text, url in card["links"]]
    assert sum(page.figures.count for page in pages) == int(card["count"])
    assert card["count"] != "0"
    listed = {row["name"] for page in pages for row in page.rows}
    assert {row["name"] for row in card["rows"]} <= listed


def test_what_clients_contest_is_counted_as_its_list_shows_it(cast, client_of):
    make_document(cast.unit_a1, release="contested")
    make_document(cast.unit_a1, release="contested", status="withdrawn")
    client = client_of(cast.faturista)
    card = next(
        c.context["contested"] for c in client.get(reverse(PAGE)).context["cards"]
        if c.template == "invoices/cards/staff.html"
    )  # fmt: skip
    ((_text, url),) = card["links"]
    assert card["count"] == "1" == str(client.get(url).context["page"].figures.count)


def test_the_first_thing_said_is_what_the_person_must_do(cast, client_of):
    for amount in (10_000, 250_050):
        make_document(cast.unit_a1, amount_cents=amount)
    page = client_of(cast.ana).get(reverse(PAGE)).content.decode()
    assert "2 faturas aguardam a sua liberação" in page
    assert "R$\u00a02.600,50" in page
    assert page.index("aguardam a sua liberação") < page.index("Novos para mim")


def test_a_month_whose_invoices_were_removed_says_so_in_the_chart(cast, client_of):
    this = timezone.localdate().replace(day=1)
    make_document(cast.unit_a1, period=this)
    gone = make_document(
        cast.unit_a1, period=add_months(this, -8), published_at=timezone.now() - timedelta(days=240)
    )
    expire(as_of=timezone.now())
    assert not Document.objects.filter(pk=gone.pk).exists()
    drawn = chart(client_of(cast.ana).get(reverse(PAGE)))["series"]
    assert [bar["text"] for bar in drawn if bar["text"] == "removida"] == ["removida"]
    assert drawn[3]["text"] == "removida"
