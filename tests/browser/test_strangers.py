"""How strangers come in, in a real browser: registration both ways round, and links of guests."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, free_port
from tests.factories import a_cpf
from tests.portal.entrance import NEW_PASSWORD

pytestmark = pytest.mark.browser
DRIVER = "motorista@exemplo.com.br"  # for whom the guest's link is


class Stand:
    """The portal with the sixth desk: see ``tests/sixth/stand.py``."""

    def __init__(self, var: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        env |= {
            "DJANGO_SETTINGS_MODULE": "tests.sixth.settings", "VAR_DIR": str(var),
            "REDIS_URL": "memory://", "DEMO": "0", "BASE_URL": self.url,
            "EMAIL_URL": "dummymail://", "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.sixth.stand"], cwd=ROOT, env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._answer()

    def ask(self, *words: str) -> str:
        assert self.process.stdin
        print(*words, file=self.process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        assert line, f"It ended with {self.process.poll()}"
        return line

    def end(self) -> None:
        self.process.terminate()
        self.process.communicate()


@pytest.fixture(scope="session")
def stand(tmp_path_factory: pytest.TempPathFactory, prepared_var: Path) -> Iterator[Stand]:
    var = tmp_path_factory.mktemp("sixth") / "var"
    copytree(prepared_var, var)
    made = Stand(var)
    yield made
    made.end()


@pytest.fixture
def page(stand: Stand, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(base_url=stand.url, locale="pt-BR")
    yield context.new_page()
    context.close()


def fill(page: Page, stand: Stand, **values: str) -> None:
    """The fields of the page, by name, with the security code where there is one."""
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)
    key = page.locator("[name=captcha_0]")
    if key.count():
        page.locator("[name=captcha_1]").fill(stand.ask("code", key.input_value()))


@pytest.mark.parametrize("slug", ["estacionamento", "oficina"])
def test_a_stranger_registers_and_comes_in(slug: str, page: Page, stand: Stand) -> None:
    email = f"nina@{slug}.example"
    details = {
        "name": "Nina Nova", "plate": "ABC1D23", "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
    }  # fmt: skip
    link_first = slug == "oficina"
    page.goto(f"/cadastro/{slug}/")
    fill(page, stand, email=email, **({"cpf": a_cpf()} if link_first else details))
    page.locator("main form [type=submit]:visible").last.click()
    expect(page).to_have_url(f"{stand.url}/cadastro/{slug}/enviado/")
    page.goto(stand.ask("link", email))
    expect(page).to_have_url(f"{stand.url}/cadastro/{slug}/confirmar/")
    fill(page, stand, **(details if link_first else {"password": NEW_PASSWORD}))
    page.locator("main form").first.locator("[type=submit]:visible").last.click()
    expect(page.get_by_role("heading", name="Conta confirmada!")).to_be_visible()
    expect(page.locator("header").get_by_text("Nina")).to_be_visible()


def test_a_guest_s_link_opens_once_and_a_new_one_comes_by_mail(page: Page, stand: Stand) -> None:
    address = stand.ask("guest")
    page.goto(address)
    page.locator("main form [type=submit], main form button").last.click()
    expect(page.get_by_role("heading", name="Credencial GUE5T00")).to_be_visible()
    page.context.clear_cookies()
    page.goto(address)
    page.get_by_role("button", name="Enviar um novo link").click()
    expect(page).to_have_url(f"{stand.url}/visita/nova/")
    page.goto(stand.ask("link", DRIVER))
    page.locator("main form [type=submit], main form button").last.click()
    expect(page.get_by_role("heading", name="Credencial GUE5T00")).to_be_visible()
