"""An access of an office from NOVO to the expiry mail, and to the reveal that its administrator reads.

The office's Marina, who operates, registers and looks; Carla, who administers, sees who looked; a
member whose grant names no accesses sees none.
"""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Portal
from tests.browser.test_walk import EVERYTHING, enter, violations

pytestmark = pytest.mark.browser(desk="proxies")
NAME, SECRET, REASON = "ACESSO SEFAZ-MT NAVEGADOR", "Ondas#Azuis42", "Entrega da EFD de novembro"
SESSION = """
import time
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from portal.accounts.models import User
user = User.objects.get(email="marina@demo.balcao.example")
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "portal.accounts.backends.AccountBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session["account_authentication_methods_user"] = str(user.pk)
session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() + 36_000}]
session.save()
print(session.session_key)
"""
GRANT = """
from django.utils import timezone
from portal.accounts.models import Company, User
from portal.accounts.services import grant_access
bruno = User.objects.get(email="bruno@demo.balcao.example")
office = Company.objects.get(kind="office")
grant_access(bruno, office, level="administer", by=None, at=timezone.now())
print(office.pk)
"""

MAIL = """
from datetime import datetime, time, timedelta
from django.utils import timezone
from portal.accounts.models import User
from portal.outbox.mail import opened
from portal.outbox.models import Entry
from portal.reminders.services.daily import mail_person, remind
from proxies.models import Proxy
day = Proxy.objects.get(name="{name}").ends_on - timedelta(days=30)
remind(at=timezone.make_aware(datetime.combine(day, time(12))))
carla = User.objects.get(email="carla@demo.balcao.example")
mail_person(carla.pk, on=day)
print(opened(Entry.objects.get(key=f"mail:reminders:{{carla.pk}}:{{day}}")).text)
"""


def looks_right(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, EVERYTHING) == []


def test_from_a_new_access_to_the_reveal_that_the_administrator_reads(
    portal: Portal, chromium: Browser
):
    portal.sessions["marina"] = portal.shell(SESSION).split()[-1]
    marina = enter(chromium, portal, "marina", viewport={"width": 360, "height": 740})
    page = marina.new_page()
    register(page)
    mail = portal.shell(MAIL.format(name=NAME))
    assert NAME in mail
    assert SECRET not in mail
    look(page)
    marina.close()
    carla = enter(chromium, portal, "carla")
    page = carla.new_page()
    page.goto("/escritorios/")
    page.get_by_role("link", name=re.compile("Horizonte")).first.click()
    page.get_by_role("link", name="Quem viu").first.click()
    row = page.get_by_role("row").filter(has_text=NAME)
    expect(row).to_contain_text("Marina Alves")
    expect(row).to_contain_text(REASON)
    assert SECRET not in page.content()
    looks_right(page)
    carla.close()


def test_a_member_whose_grant_names_no_accesses_sees_none(portal: Portal, chromium: Browser):
    office = portal.shell(GRANT).split()[-1]
    bruno = enter(chromium, portal, "bruno")
    page = bruno.new_page()
    page.goto("/painel/")
    expect(page.get_by_role("link", name="Escritórios")).to_have_count(0)
    for path in ("", "certificados/", "quem-viu/", "clientes-encerrados/"):
        response = page.goto(f"/escritorios/{office}/{path}")
        assert response
        assert response.status == 404
        assert NAME not in page.content()
    bruno.close()


def register(page: Page) -> None:
    """As the manual says: the eye, Certificados, Novo, the fields of a login, Salvar."""
    page.goto("/escritorios/")
    page.get_by_role("link", name=re.compile("Horizonte")).first.click()
    page.get_by_role("link", name=re.compile("^Certificados")).first.click()
    looks_right(page)
    page.get_by_role("link", name="Novo", exact=True).click()
    page.get_by_label("Login", exact=True).first.check()
    page.get_by_label("Esfera").select_option("state")
    page.get_by_role("button", name="Avançar").click()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("Órgão").select_option("SEFAZ-MT")
    expect(page.get_by_text("a cada 03 meses").first).to_be_visible()
    page.get_by_label("Nome", exact=True).fill(NAME)
    page.locator("input[name=login]").fill("usuario-do-escritorio")
    page.locator("input[name=password]").fill(SECRET)
    looks_right(page)
    page.get_by_role("button", name="Salvar", exact=True).last.click()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    assert SECRET not in page.content()
    looks_right(page)


def look(page: Page) -> None:
    """The password is shown once its reason is given."""
    page.get_by_role("link", name=re.compile("Senha")).first.click()
    page.get_by_label("Motivo").fill(REASON)
    looks_right(page)
    page.get_by_role("button", name=re.compile("Mostrar")).click()
    expect(page.get_by_text(SECRET)).to_be_visible()
    looks_right(page)


def test_what_is_typed_while_another_agency_s_fields_come_stays(portal: Portal, chromium: Browser):
    carla = enter(chromium, portal, "carla")
    page, held = carla.new_page(), []
    page.goto("/escritorios/")
    page.get_by_role("link", name=re.compile("Horizonte")).first.click()
    page.get_by_role("link", name=re.compile("^Certificados")).first.click()
    page.get_by_role("link", name="Novo", exact=True).click()
    page.get_by_label("Login", exact=True).first.check()
    page.get_by_label("Esfera").select_option("state")
    page.get_by_role("button", name="Avançar").click()
    page.route(
        "**/novo/**",
        lambda way: held.append(way) if way.request.method == "POST" else way.continue_(),
    )
    page.get_by_label("Órgão").select_option("SEFAZ-MT")
    page.get_by_label("Nome", exact=True).fill(NAME)
    page.locator("input[name=password]").fill(SECRET)
    page.evaluate("document.querySelector('#access-form').classList.add('before')")
    held[0].continue_()
    expect(page.locator("#access-form.before")).to_have_count(0)
    expect(page.get_by_label("Nome", exact=True)).to_have_value(NAME)
    expect(page.locator("input[name=password]")).to_have_value(SECRET)
    expect(page.locator("input[name=password]")).to_be_focused()
    carla.close()
