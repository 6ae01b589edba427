"""The catalogue of agencies: loaded once, edited by staff, its rules looked at again."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import AuditEvent
from proxies.models import Agency, Kind, LoginPage
from tests.factories.proxies import make_agency, make_proxy
from tests.proxies.showing import proven

pytestmark = pytest.mark.django_db
ADD = "admin:proxies_agency_add"
ALIKE = {
    "name": "Prefeitura de Contagem", "sphere": "municipal", "state": "MG", "city": "contagem",
    "kinds": ["login"], "renewal_unit": "months", "review_months": 12, "is_active": "on",
    "address": "https://portal.exemplo.gov.br/",
    "login_page-TOTAL_FORMS": 0, "login_page-INITIAL_FORMS": 0,
}  # fmt: skip


@pytest.fixture
def browser(cast):
    made = Client()
    made.force_login(cast.admin)
    return proven(made)


def errors(answer) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def test_it_begins_with_the_agencies_of_the_manual():
    mato_grosso = Agency.objects.get(name="SEFAZ-MT")
    assert mato_grosso.last_day(Kind.LOGIN, date(2026, 11, 30)) == date(2027, 2, 28)
    simples = Agency.objects.get(name__startswith="Simples")
    assert simples.last_day(Kind.CODE, date(2026, 11, 30)) is None
    for agency in Agency.objects.all():
        agency.full_clean()
        assert agency.renewal_checked_on
        assert bool(agency.renewal_source) == bool(agency.renewal_every)


def test_loading_it_again_changes_nothing_that_staff_edited():
    Agency.objects.filter(name="SEFAZ-MT").update(renewal_every=4)
    import_module("proxies.migrations.0002_agencies").fill(apps, None)
    assert Agency.objects.get(name="SEFAZ-MT").renewal_every == 4


def test_staff_add_one_with_its_kinds_and_its_municipality(browser):
    assert "Aviso" in browser.get(reverse(ADD)).content.decode()  # its notice is no news
    browser.post(reverse(ADD), ALIKE | {"kinds": ["login", "certificate"]})
    agency = Agency.objects.get(name="Prefeitura de Contagem")
    assert (agency.kinds, str(agency.municipality)) == (["login", "certificate"], "Contagem - MG")
    assert AuditEvent.objects.filter(action="agency.created").count() == 1
    page = browser.get(reverse("admin:proxies_agency_change", args=[agency.pk])).content.decode()
    assert 'value="Contagem"' in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"city": ""}, "city"),
        ({"city": "Contagen"}, "city"),
        ({"sphere": "federal"}, "city"),
        ({"sphere": "federal", "city": ""}, "state"),
        ({"sphere": "state"}, "city"),
        ({"sphere": "state", "state": "", "city": ""}, "state"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["nada"]}, "kinds"),
        ({"renewal_every": "0"}, "renewal_every"),
        ({"renewal_every": "3"}, "renewal_source"),
        ({"address": "javascript:alert(1)"}, "address"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(browser, wrong, field):
    answer = browser.post(reverse(ADD), ALIKE | wrong)
    assert answer.status_code == 200
    assert field in errors(answer)
    assert not Agency.objects.filter(name=ALIKE["name"]).exists()


LOGIN_PAGE = {
    "address": "https://portal.exemplo.gov.br/entrar", "login_field": "u", "password_field": "s",
    "fixed_fields": "perfil=contador", "opened_texts": "Bem-vindo", "refused_texts": "Inválida",
    "is_active": "on",
}  # fmt: skip


def with_login_page(**changes) -> dict[str, object]:
    sent = {f"login_page-0-{name}": value for name, value in (LOGIN_PAGE | changes).items()}
    return ALIKE | {"login_page-TOTAL_FORMS": 1} | sent


def test_staff_describe_its_login_page(browser):
    browser.post(reverse(ADD), with_login_page())
    page = LoginPage.objects.get(agency__name=ALIKE["name"])
    assert (page.address, page.fixed_fields) == (LOGIN_PAGE["address"], "perfil=contador")
    event = AuditEvent.objects.get(action="loginpage.created")
    assert event.data["host"] == "portal.exemplo.gov.br"


def test_where_passwords_are_sent_is_changed_by_who_proves_it_and_said_in_the_audit(browser, cast):
    browser.post(reverse(ADD), with_login_page())
    page = LoginPage.objects.get(agency__name=ALIKE["name"])
    LoginPage.objects.update(blocked_until=timezone.now() + timedelta(hours=1), failures=3)
    address = reverse("admin:proxies_agency_change", args=[page.agency_id])
    ids = {"login_page-0-id": page.pk, "login_page-0-agency": page.agency_id}
    moved = with_login_page(address="https://outro.exemplo.com/e") | ids
    moved["login_page-INITIAL_FORMS"] = 1
    unproven = Client()
    unproven.force_login(cast.admin)
    unproven.post(address, moved)
    assert LoginPage.objects.get().host == "portal.exemplo.gov.br"
    browser.post(address, moved)
    changed = LoginPage.objects.get()
    assert (changed.host, changed.blocked_until, changed.failures) == ("outro.exemplo.com", None, 0)
    event = AuditEvent.objects.get(action="loginpage.changed")
    assert event.data == {"fields": ["address"], "host": "outro.exemplo.com"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "http://portal.exemplo.gov.br/"}, {"fixed_fields": "perfil"},
        {"password_field": "u"}, {"opened_texts": ""}, {"refused_texts": " "},
    ],
)  # fmt: skip
def test_a_login_page_that_cannot_be_asked_is_refused(browser, wrong):
    assert browser.post(reverse(ADD), with_login_page(**wrong)).status_code == 200
    assert not Agency.objects.filter(name=ALIKE["name"]).exists()


def test_a_municipal_one_that_becomes_the_states_loses_its_municipality(browser):
    browser.post(reverse(ADD), ALIKE)
    agency = Agency.objects.get(name=ALIKE["name"])
    changed = ALIKE | {"sphere": "state", "city": ""}
    browser.post(reverse("admin:proxies_agency_change", args=[agency.pk]), changed)
    agency.refresh_from_db()
    assert (agency.sphere, agency.state, agency.municipality) == ("state", "MG", None)


def test_the_rules_that_nobody_checked_for_a_year_are_listed(browser):
    today = timezone.localdate()
    Agency.objects.update(renewal_checked_on=today - timedelta(days=300))
    make_agency("Antiga", renewal_checked_on=today - timedelta(days=367))
    make_agency("Nunca", renewal_checked_on=None)
    make_agency("Desligada", renewal_checked_on=None, is_active=False)
    address = reverse("admin:proxies_agency_changelist", query={"rule": "old"})
    listed = browser.get(address).context["cl"].result_list
    assert {agency.name for agency in listed} == {"Antiga", "Nunca"}


def test_one_that_an_office_has_an_access_to_is_not_deleted(browser, cast):
    agency, free = make_agency(), make_agency()
    make_proxy(cast.office, agency=agency)
    for one, status in ((agency, 403), (free, 302)):
        address = reverse("admin:proxies_agency_delete", args=[one.pk])
        assert browser.post(address, {"post": "yes"}).status_code == status
    assert set(Agency.objects.filter(pk__in=[agency.pk, free.pk])) == {agency}
