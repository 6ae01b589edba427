"""Notices: who sees which, from when until when, and how staff write them."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import AuditEvent
from portal.demo.world import World
from portal.news import demo
from portal.news.models import Notice
from portal.ui.prose import render_markdown
from tests.factories import make_grant, make_notice, make_user

pytestmark = pytest.mark.django_db
LIST = "/noticias/"
ATOM = "{http://www.w3.org/2005/Atom}"
A_SECOND = timedelta(seconds=1)
NOON = datetime(2020, 11, 21, 15, 0, tzinfo=UTC)


def page_of(client, path=LIST):
    return client.get(path).content.decode()


def titles_for(user, at=None):
    return set(
        Notice.objects.visible_to(user, at=at or timezone.now()).values_list("title", flat=True)
    )


# To whom


@pytest.fixture
def one_for_each(cast):
    for audience in Notice.Audience:
        make_notice(str(audience.value), audience=audience)


def test_a_stranger_sees_what_is_for_everyone_alone(one_for_each):
    assert titles_for(AnonymousUser()) == {"everyone"}


def test_a_client_sees_what_is_for_clients_too(one_for_each, cast):
    assert titles_for(cast.ana) == {"everyone", "clients"}


def test_people_of_a_company_that_enters_with_a_certificate_only_are_told(one_for_each, cast):
    cast.company_a.certificate_only_from = timezone.localdate() + timedelta(days=30)
    cast.company_a.save()
    assert titles_for(cast.ana) == {"everyone", "clients", "certificate"}  # on one of its units
    assert titles_for(cast.bruno) == {"everyone", "clients"}
    cast.company_b.certificate_only_from = timezone.localdate() - timedelta(days=30)
    cast.company_b.save()
    assert "certificate" in titles_for(cast.bruno)  # on the whole company


def test_staff_see_what_was_written_for_anybody(one_for_each, cast):
    for person in (cast.faturista, cast.agente, cast.admin):
        assert titles_for(person) == {"everyone", "clients", "certificate", "staff"}


def test_somebody_who_was_blocked_sees_no_more_than_a_stranger(one_for_each, cast):
    cast.faturista.is_active = False
    assert titles_for(cast.faturista) == {"everyone"}


def test_the_page_of_a_notice_for_others_does_not_exist(one_for_each, cast, client, client_of):
    path = Notice.objects.get(audience="staff").get_absolute_url()
    assert client.get(path).status_code == 404
    assert client_of(cast.ana).get(path).status_code == 404
    assert client_of(cast.faturista).get(path).status_code == 200


def test_lists_and_the_overview_follow_the_audience(one_for_each, cast, client, client_of):
    for page in (page_of(client), page_of(client, "/")):
        assert ">everyone</a>" in page
        assert ">clients</a>" not in page
    for path in (LIST, "/painel/"):
        page = page_of(client_of(cast.ana), path)
        assert ">clients</a>" in page
        assert ">staff</a>" not in page


def test_a_notice_for_some_says_for_whom(cast, client_of):
    notice = make_notice("Aos clientes", audience="clients")
    assert "Clientes" in page_of(client_of(cast.ana), notice.get_absolute_url())


# When


def test_a_notice_comes_and_goes_at_its_own_instant():
    end = NOON + timedelta(days=1)
    notice = make_notice("Recesso", publish_from=NOON, publish_until=end)
    for at, state in [
        (NOON - A_SECOND, "scheduled"),
        (NOON, "shown"),
        (end - A_SECOND, "shown"),
        (end, "over"),
    ]:
        assert notice.state(at) == state
        assert titles_for(AnonymousUser(), at) == ({"Recesso"} if state == "shown" else set())


def test_a_draft_is_seen_by_nobody(cast, client_of):
    notice = make_notice("Rascunho", is_published=False)
    assert titles_for(cast.admin) == set()
    assert client_of(cast.admin).get(notice.get_absolute_url()).status_code == 404


def test_a_notice_without_an_end_stays():
    make_notice("Fica", publish_from=NOON)
    assert titles_for(AnonymousUser(), NOON + timedelta(days=4000)) == {"Fica"}


def test_the_end_comes_after_the_start():
    notice = Notice(title="x", summary="x", body="x", publish_from=NOON, publish_until=NOON)
    with pytest.raises(ValidationError):
        notice.full_clean(exclude=["slug"])
    with pytest.raises(IntegrityError), transaction.atomic():
        notice.save()


# Reading


def test_a_notice_has_its_way_back_its_date_and_words_for_those_who_share_it(client, cast):
    notice = make_notice(
        'Uso do "certificado"', summary="Em poucas palavras.", body="Olá **todos**.",
        publish_from=datetime(2012, 1, 18, 1, 30, tzinfo=UTC),
    )  # fmt: skip
    page = page_of(client, notice.get_absolute_url())
    assert notice.get_absolute_url() == "/noticias/uso-do-certificado/"
    assert '<a href="/">Página Principal</a>' in page
    assert '<a href="/noticias/">Portal de Notícias</a>' in page
    assert "17/01/2012" in page  # the civil day in Brasília
    assert '<meta name="description" content="Em poucas palavras.">' in page
    assert '<meta property="og:title" content="Uso do &quot;certificado&quot;">' in page
    assert "Olá <strong>todos</strong>." in page


def test_pinned_ones_stand_first_then_the_latest(client, cast):
    for title, days, pinned in [("antiga", 9, False), ("fixada", 20, True), ("nova", 1, False)]:
        make_notice(title, publish_from=timezone.now() - timedelta(days=days), is_pinned=pinned)
    for path in (LIST, "/"):
        page = page_of(client, path)
        assert page.index(">fixada<") < page.index(">nova<") < page.index(">antiga<")


def test_the_front_page_shows_the_latest_three(client, cast):
    for number in range(5):
        make_notice(f"n{number}", publish_from=timezone.now() - timedelta(hours=10 - number))
    page = page_of(client, "/")
    assert [f">n{n}<" in page for n in range(5)] == [False, False, True, True, True]


def test_without_notices_pages_say_so_or_say_nothing(client, cast, client_of):
    assert "Nenhuma notícia no momento" in page_of(client)
    assert "Todas as notícias" not in page_of(client, "/")
    assert "Todas as notícias" not in page_of(client_of(cast.ana), "/painel/")


def test_words_are_found_in_title_summary_and_text(client, cast):
    make_notice("Primeira", body="fala de procuração")
    make_notice("Segunda", summary="fala de Boletos", body="e de procuração")
    page = page_of(client, f"{LIST}?q=procuração")
    assert ">Primeira<" in page
    assert ">Segunda<" in page
    page = page_of(client, f"{LIST}?q=boletos+procuração")
    assert ">Primeira<" not in page
    assert ">Segunda<" in page
    assert "Nenhuma notícia encontrada" in page_of(client, f"{LIST}?q=nada%25")


def test_a_year_is_that_of_the_civil_day(client, cast):
    make_notice("velha", publish_from=datetime(2025, 1, 1, 2, 59, tzinfo=UTC))
    make_notice("nova", publish_from=datetime(2025, 1, 1, 3, 0, tzinfo=UTC))
    page = page_of(client, f"{LIST}?year=2024")
    assert ">velha<" in page
    assert ">nova<" not in page
    assert ">nova<" in page_of(client, f"{LIST}?year=2025")


@pytest.mark.parametrize("query", ["year=1999", "year=x", "year=99999", "q=" + "a" * 300])
def test_a_filter_that_makes_no_sense_finds_nothing(client, cast, query):
    make_notice("aaa")
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    assert ">aaa<" not in response.content.decode()


def test_years_of_what_one_may_not_see_are_not_offered(client, cast, client_of):
    make_notice("de todos")
    make_notice("da equipe", audience="staff", publish_from=datetime(2019, 5, 1, tzinfo=UTC))
    assert 'value="2019"' not in page_of(client)
    assert 'value="2019"' in page_of(client_of(cast.admin))


def test_a_long_list_comes_in_pages_that_keep_the_filter(client, cast):
    for number in range(13):
        pinned = number in {2, 12}
        make_notice(f"aviso n{number}", is_pinned=pinned, publish_from=NOON - timedelta(number))
    make_notice("outro")
    first = page_of(client, f"{LIST}?q=aviso")
    link = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "q=aviso" in link
    second = page_of(client, LIST + link)
    seen = [n for n in range(13) if f">aviso n{n}<" in first]
    rest = [n for n in range(13) if f">aviso n{n}<" in second]
    assert sorted(seen + rest) == list(range(13))
    assert {2, 12} <= set(seen)
    assert 'rel="prev"' in second


def test_lists_cost_the_same_with_few_and_many(client, cast, client_of):
    def queries(browser, path):
        browser.get(path)
        with CaptureQueriesContext(connection) as caught:
            browser.get(path)
        return len(caught)

    for number in range(11):  # a page, and one more
        make_notice(f"primeira {number}")
    ana = client_of(cast.ana)
    few = [
        queries(client, "/"),
        queries(client, LIST),
        queries(ana, LIST),
        queries(ana, "/painel/"),
    ]
    for number in range(30):
        make_notice(f"n{number}", audience=["everyone", "clients"][number % 2])
    many = [
        queries(client, "/"),
        queries(client, LIST),
        queries(ana, LIST),
        queries(ana, "/painel/"),
    ]
    assert few == many
    assert many[0] == 1  # the front page: the notices, and nothing else
    assert many[1] == 3  # and the years, and how many there are


# Addresses


def test_equal_titles_get_addresses_of_their_own():
    slugs = [make_notice("Ação já!").slug for _ in range(3)]
    assert slugs == ["acao-ja", "acao-ja-2", "acao-ja-3"]


def test_an_address_outlives_a_change_of_the_title():
    notice = make_notice("Nome antigo")
    notice.title = "Nome novo"
    notice.save()
    assert notice.slug == "nome-antigo"


@pytest.mark.parametrize("title", ["!!!", "日本", "a" * 120])
def test_every_title_makes_an_address(title, client, cast):
    notice = make_notice(title)
    assert client.get(notice.get_absolute_url()).status_code == 200


# Text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "<a href='data:text/html,x'>x</a>",
        "<iframe src='https://x.example'></iframe>",
        "<p style='color:red' onclick='x()' class='y' id='z'>oi</p>",
        "<form action='/sair/'><input name=a></form>",
    ],
)
def test_no_text_brings_anything_but_text(text):
    html = render_markdown(text)
    for bad in ("script", "onerror", "onclick", "javascript", "data:", "<iframe", "style", "<img",
                "<form", "<input", "class=", "id="):  # fmt: skip
        assert bad not in html


def test_markdown_becomes_headings_below_the_title_lists_and_links():
    html = render_markdown("# Um\n\n## Dois\n\n- a\n- b\n\n[site](https://x.example) [aqui](/y/)")
    assert "<h2>Um</h2>" in html
    assert "<h3>Dois</h3>" in html
    assert "<li>a</li>" in html
    assert '<a href="https://x.example" rel="noopener">site</a>' in html
    assert '<a href="/y/" rel="noopener">aqui</a>' in html


# The feed


def test_the_feed_carries_what_is_for_everyone(client, cast):
    make_notice("Pública & aberta", summary="Resumo <curto>.", publish_from=NOON)
    make_notice("Da equipe", audience="staff")
    make_notice("Rascunho", is_published=False)
    response = client.get("/noticias/feed.xml")
    assert response["Content-Type"].startswith("application/atom+xml")
    assert "public" in response["Cache-Control"]
    feed = ElementTree.fromstring(response.content)
    assert cast.provider.name in (feed.findtext(f"{ATOM}title") or "")
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Pública & aberta"
    assert entry.findtext(f"{ATOM}summary") == "Resumo <curto>."
    links = [link.get("href") for link in entry.iter(f"{ATOM}link")]
    assert links == ["http://testserver/noticias/publica-aberta/"]
    assert entry.findtext(f"{ATOM}published") == "2020-11-21T15:00:00+00:00"


def test_the_feed_is_the_same_for_who_is_signed_in(cast, client_of):
    make_notice("Dos clientes", audience="clients")
    assert "Dos clientes" not in page_of(client_of(cast.ana), "/noticias/feed.xml")


# Writing

ADD = "/admin/news/notice/add/"


def form_data(**changes):
    local = timezone.localtime(timezone.now() - timedelta(minutes=5))
    return {
        "title": "Nova", "summary": "Curta.", "body": "## Texto", "audience": "everyone",
        "publish_from_0": f"{local:%d/%m/%Y}", "publish_from_1": f"{local:%H:%M:%S}",
        "publish_until_0": "", "publish_until_1": "", **changes,
    }  # fmt: skip


@pytest.mark.parametrize("role", ["atendente", "admin"])
def test_help_desk_and_administrators_write_notices(cast, client_of, client, role):
    browser = client_of(getattr(cast, role))
    assert browser.post(ADD, form_data(is_published="on")).status_code == 302
    assert ">Nova<" in page_of(client)
    assert "Escrever notícia" in page_of(browser)


def test_others_do_not(cast, client_of):
    for person in (cast.faturista, cast.agente):
        assert client_of(person).post(ADD, form_data()).status_code == 403
        assert "Escrever notícia" not in page_of(client_of(person))


def test_the_help_desk_takes_away_but_does_not_delete(cast, client_of):
    notice = make_notice("Errada")
    browser = client_of(cast.atendente)
    assert browser.get(f"/admin/news/notice/{notice.pk}/delete/").status_code == 403
    change = f"/admin/news/notice/{notice.pk}/change/"
    assert browser.post(change, form_data(title="Errada")).status_code == 302
    assert titles_for(AnonymousUser()) == set()


def test_what_is_written_stays_a_draft_until_it_is_published(cast, client_of):
    client_of(cast.atendente).post(ADD, form_data())
    assert Notice.objects.get().is_published is False


def test_changes_are_audited_by_field_and_never_by_text(cast, client_of):
    browser = client_of(cast.atendente)
    browser.post(ADD, form_data(body="texto confidencial"))
    notice = Notice.objects.get()
    browser.post(
        f"/admin/news/notice/{notice.pk}/change/",
        form_data(body="texto confidencial", is_published="on"),
    )
    created, changed = AuditEvent.objects.filter(action__startswith="notice.").order_by("pk")
    assert (created.action, changed.action) == ("notice.created", "notice.changed")
    assert "is_published" in changed.data["fields"]
    assert changed.actor_id == cast.atendente.pk
    assert "confidencial" not in str([created.data, changed.data])


def test_a_preview_shows_the_page_and_saves_nothing(cast, client_of):
    browser = client_of(cast.atendente)
    response = browser.post(reverse("admin:news_notice_preview_new"), form_data(body="**Oi**"))
    page = response.content.decode()
    assert "<strong>Oi</strong>" in page
    assert "É um rascunho" in page
    assert not Notice.objects.exists()


def test_a_preview_of_a_change_leaves_what_is_saved(cast, client_of):
    notice = make_notice("Antes")
    browser = client_of(cast.atendente)
    path = reverse("admin:news_notice_preview", args=[notice.pk])
    assert "Depois" in browser.post(path, form_data(title="Depois")).content.decode()
    notice.refresh_from_db()
    assert notice.title == "Antes"
    assert "Antes" in browser.get(path).content.decode()


def test_a_scheduled_notice_is_previewed_with_its_day(cast, client_of):
    later = timezone.localtime(timezone.now() + timedelta(days=3))
    data = form_data(
        is_published="on",
        publish_from_0=f"{later:%d/%m/%Y}",
        publish_from_1="08:00:00",
    )
    page = client_of(cast.admin).post(reverse("admin:news_notice_preview_new"), data)
    assert f"{later:%d/%m/%Y} 08:00" in page.content.decode()


def test_a_preview_says_what_is_wrong(cast, client_of):
    path = reverse("admin:news_notice_preview_new")
    response = client_of(cast.atendente).post(
        path, form_data(title="", publish_from_0="31/02/2026")
    )
    assert response.status_code == 200
    assert "Nada foi salvo" in response.content.decode()


def test_drafts_are_previewed_only_by_those_who_write(cast, client_of):
    notice = make_notice("Segredo", is_published=False)
    path = reverse("admin:news_notice_preview", args=[notice.pk])
    assert client_of(cast.ana).get(path).status_code in {302, 403}
    for person in (cast.faturista, cast.agente):
        assert client_of(person).get(path).status_code == 403
        assert client_of(person).post(path, form_data()).status_code == 403
        new = reverse("admin:news_notice_preview_new")
        assert client_of(person).post(new, form_data()).status_code == 403


def test_the_list_of_the_administration_says_where_each_stands(cast, client_of):
    make_notice("a", is_published=False)
    make_notice("b", publish_from=timezone.now() + timedelta(days=2))
    make_notice("c", publish_until=timezone.now() - timedelta(minutes=1))
    page = page_of(client_of(cast.admin), "/admin/news/notice/")
    for state in ("Rascunho", "Agendada", "Encerrada"):
        assert f">{state}<" in page


# The demonstration


def test_the_demonstration_has_notices_for_each_audience_once(cast):
    world = World(at=NOON, tell=print, people={}, units={}, ages=(), processes=1)
    for _ in range(2):
        demo.load(world)
    client_, staff = make_user("Rui Dias"), cast.atendente
    make_grant(client_, cast.company_a)
    assert len(titles_for(AnonymousUser(), NOON)) == 2
    assert len(titles_for(client_, NOON)) == 3
    assert len(titles_for(staff, NOON)) == 4
    assert Notice.objects.count() == 5


def test_the_line_on_the_overview_is_put_away_by_its_reader_alone(cast, client_of):
    notice = make_notice("Aviso de manutenção")
    ana, bruno = client_of(cast.ana), client_of(cast.bruno)
    assert "Aviso de manutenção" in page_of(ana, "/painel/")
    answer = ana.post(reverse("news:dismiss", args=[notice.slug]))
    assert answer["Location"] == "/painel/"
    ana.post(reverse("news:dismiss", args=[notice.slug]))  # twice does no harm
    assert "Aviso de manutenção" not in page_of(ana, "/painel/")
    assert "Aviso de manutenção" in page_of(bruno, "/painel/")
    assert "Aviso de manutenção" in page_of(ana)
