"""A real Chromium with the demonstration's e-CNPJ in its own store: from the login page to the
choice of the inscrição, through a real TLS handshake."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, expect

from tests.browser.own_certificate import (
    POLICIES,
    browser_with,
    needs_own_store,
    to_the_entrance,
    world_with_entrance,
)
from tests.server.entrance import World

pytestmark = [pytest.mark.browser(desk="certificates"), needs_own_store]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, peopled_var: Path) -> Iterator[World]:
    with world_with_entrance(tmp_path_factory.mktemp("certificate-login"), peopled_var) as made:
        yield made


def _browser_with(
    slug: str, world: World, driver: Playwright, folder: Path
) -> AbstractContextManager[BrowserContext]:
    pfx = world.people / f"{slug}.pfx"
    return browser_with(pfx, "demonstracao", world, driver, folder / slug, scripts=slug != "e-cpf")


def test_an_e_cnpj_leads_from_the_login_page_to_the_choice_of_the_inscricao(
    world: World, driver: Playwright, tmp_path: Path
) -> None:
    with _browser_with("e-cnpj", world, driver, tmp_path) as context:
        page = context.new_page()
        to_the_entrance(page)
        page.wait_for_url(re.compile(f"^{re.escape(world.env['BASE_URL'])}/conta/"))
        table = page.get_by_role("table")
        expect(table).to_contain_text("Filial 1")
        expect(table).to_contain_text("001234562")
        assert {c["name"] for c in context.cookies()} >= {"sessao"}
        assert "certificado" not in {c["name"] for c in context.cookies()}
        page.get_by_role("button", name=re.compile("F2 – Filial 2")).click()
        page.goto("/painel/")
        expect(page.locator("header")).to_contain_text("e-CNPJ")


def test_without_javascript_an_e_cpf_gets_in_too_and_the_self_test_knows_it(
    world: World, driver: Playwright, tmp_path: Path
) -> None:
    with _browser_with("e-cpf", world, driver, tmp_path) as context:
        page = context.new_page()
        page.goto("/certificado-digital/testar/")
        page.get_by_role("link", name="Escolher o certificado e testar").click()
        expect(page.locator('[data-reason="ok"]')).to_be_visible()
        expect(page.locator("dl")).to_contain_text("ANA SOUZA")
        to_the_entrance(page)
        page.wait_for_url(re.compile(f"^{re.escape(world.env['BASE_URL'])}/(conta|painel)/"))
        page.goto("/painel/")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Ana", ignore_case=True)


def test_a_revoked_certificate_gets_a_page_that_says_so_and_no_session(
    world: World, driver: Playwright, tmp_path: Path
) -> None:
    with _browser_with("revogado", world, driver, tmp_path) as context:
        page = context.new_page()
        to_the_entrance(page)
        expect(page.locator('[data-reason="revoked"]')).to_be_visible()
        page.get_by_role("link", name="Começar de novo").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Entrar com certificado digital")
        assert "sessao" not in {c["name"] for c in context.cookies()}


def test_an_expired_certificate_is_not_even_offered_and_the_page_knows_that(
    world: World, driver: Playwright, tmp_path: Path
) -> None:
    with _browser_with("vencido", world, driver, tmp_path) as context:
        page = context.new_page()
        to_the_entrance(page)
        expect(page.locator('[data-reason="not_sent"]')).to_contain_text("vencido")


def test_the_machine_s_own_policies_are_untouched() -> None:
    assert not Path(POLICIES, "policy.json").exists()
