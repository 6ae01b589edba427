"""A passkey in a real browser: made, asked for at login and before safety changes, removed.

Chromium's virtual authenticator (CDP, WebAuthn domain) stands for the fingerprint reader.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Portal

pytestmark = pytest.mark.browser
ROLE = "carla"


@pytest.fixture
def page(chromium: Browser, portal: Portal) -> Iterator[Page]:
    """A browser with a fingerprint reader. An IP address is no name for a passkey: localhost is."""
    home = portal.url.replace("127.0.0.1", "localhost")
    context = chromium.new_context(base_url=home, locale="pt-BR")
    page = context.new_page()
    reader = {
        "protocol": "ctap2", "transport": "internal", "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": reader})
    yield page
    context.close()


def sign_in(page: Page, portal: Portal) -> None:
    """The login form, its picture read from the database as a person reads it from the screen."""
    cpf, _email, password = portal.logins[ROLE]
    page.goto("/entrar/")
    key = page.locator("[name=captcha_0]").input_value()
    page.fill("[name=login]", cpf)
    page.fill("[name=password]", password)
    page.fill("[name=captcha_1]", portal.read_picture(key))
    page.locator("main form button:has-text('Entrar')").click()


def confirm_by_password(page: Page, portal: Portal) -> None:
    page.fill("[name=password]", portal.logins[ROLE][2])
    page.get_by_role("button", name="Confirmar").click()


def sign_out(page: Page) -> None:
    page.locator(".topbar details.menu:not(.context) > summary").click()
    page.get_by_role("button", name="Sair").click()


def test_a_passkey_is_made_signs_in_and_is_removed(page: Page, portal: Portal) -> None:
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, portal)
    page.goto("/conta/seguranca/chaves/nova/")
    confirm_by_password(page, portal)
    page.fill("[name=name]", "Digital do teste")
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("heading", name="Códigos de recuperação")).to_be_visible()
    sign_out(page)

    sign_in(page, portal)
    expect(page.get_by_role("heading", name="Segunda etapa")).to_be_visible()
    page.get_by_role("button", name="Usar a minha chave de acesso").click()
    expect(page.locator(".topbar details.menu:not(.context) > summary")).to_be_visible()

    page.goto("/conta/seguranca/")
    expect(page.locator("strong", has_text="Digital do teste")).to_be_visible()
    page.get_by_role("link", name="Remover Digital do teste").click()
    page.get_by_role("link", name="Usar a minha chave de acesso").click()
    page.get_by_role("button", name="Usar a minha chave de acesso").click()
    page.get_by_role("button", name="Remover").click()
    expect(page.get_by_text("A chave de acesso foi removida.")).to_be_visible()
    expect(page.locator("strong", has_text="Digital do teste")).to_have_count(0)
    assert complaints == []


def test_where_passkeys_cannot_be_the_page_says_why(chromium: Browser, portal: Portal) -> None:
    """At a bare IP address the browser refuses; the person reads it, and nothing breaks."""
    context = chromium.new_context(base_url=portal.url, locale="pt-BR")
    page = context.new_page()
    sign_in(page, portal)
    page.goto("/conta/seguranca/chaves/nova/")
    confirm_by_password(page, portal)
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_text("neste endereço o navegador não as permite")).to_be_visible()
    context.close()
