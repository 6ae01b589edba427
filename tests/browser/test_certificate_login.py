"""A real Chromium with the demonstration's e-CNPJ in its own store: from the login page to the
choice of the inscrição, through a real TLS handshake.

The certificate is imported as a person would (NSS, ``pk12util``), the demonstration's root is
trusted, and a policy answers the browser's question for the certificate. Chromium reads policies
from ``/etc`` alone: it runs in a mount namespace of its own, where that folder is another.
"""

import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.browser.conftest import CHROMIUM
from tests.racing import wait_until
from tests.server.entrance import DOOR, World, running

NAMESPACE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-U", "-r", "--mount"]
TOOLS = ("certutil", "pk12util", "unshare")
POLICIES = "/etc/chromium/policies/managed"


def _can_hide_etc() -> bool:
    if not Path("/etc/chromium").is_dir() or not all(map(shutil.which, TOOLS)):
        return False
    tried = [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/etc/chromium"]
    return subprocess.run(tried, check=False, capture_output=True).returncode == 0


pytestmark = [
    pytest.mark.browser(desk="certificates"),
    pytest.mark.skipif(
        not _can_hide_etc(), reason="needs certutil, pk12util, unshare and Debian's Chromium"
    ),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, peopled_var: Path) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("certificate-login"), peopled_var) as made:
        made.start(*DOOR)
        wait_until(lambda: _listens(made), "the entrance", state=made.said)
        yield made


def _listens(world: World) -> bool:
    try:
        return world.at_door("/saude/vivo").status == 200
    except OSError:
        return False


def _store(home: Path, world: World, slug: str) -> None:
    """Chromium's store of certificates, holding the demonstration's root and one person's file."""
    nss = home / ".pki" / "nssdb"
    nss.mkdir(parents=True)
    database = f"sql:{nss}"
    root = ["-A", "-n", "demo", "-t", "C,,", "-i", str(world.people / "raiz.pem")]
    for command in (
        ["certutil", "-N", "-d", database, "--empty-password"],
        ["certutil", *root, "-d", database],
        ["pk12util", "-i", str(world.people / f"{slug}.pfx"), "-d", database, "-K", "",
         "-W", "demonstracao"],
    ):  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, f"{command[0]}: {done.stderr}"


def _wrapper(folder: Path, world: World) -> Path:
    """Starts Chromium where /etc/chromium holds our policy and nothing else."""
    choice = {"pattern": f"https://127.0.0.1:{world.door_port}", "filter": {}}
    policy = folder / "policy.json"
    policy.write_text(json.dumps({"AutoSelectCertificateForUrls": [json.dumps(choice)]}))
    script = folder / "chromium"
    inside = (
        f"mount -t tmpfs none /etc/chromium && mkdir -p {POLICIES} && "
        f'cp {policy} {POLICIES}/ && exec {CHROMIUM} "$@"'
    )
    script.write_text(f"#!/bin/sh\nexec {' '.join(NAMESPACE)} sh -c '{inside}' chromium \"$@\"\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


@contextmanager
def _browser_with(
    slug: str, world: World, driver: Playwright, folder: Path
) -> Iterator[BrowserContext]:
    home = folder / slug
    _store(home, world, slug)
    browser = driver.chromium.launch(
        executable_path=_wrapper(home, world),
        env={**os.environ, "HOME": str(home)},
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking",
              "--disable-component-update"],
    )  # fmt: skip
    context = browser.new_context(
        base_url=world.env["BASE_URL"], locale="pt-BR", java_script_enabled=slug != "e-cpf"
    )
    try:
        yield context
    finally:
        browser.close()


def _to_the_entrance(page: Page) -> None:
    page.goto("/entrar/")
    page.get_by_role("link", name="Com certificado digital").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Entrar com certificado digital")
    page.get_by_role("link", name="Escolher o certificado").click()


def test_an_e_cnpj_leads_from_the_login_page_to_the_choice_of_the_inscricao(
    world: World, driver: Playwright, tmp_path: Path
) -> None:
    with _browser_with("e-cnpj", world, driver, tmp_path) as context:
        page = context.new_page()
        _to_the_entrance(page)
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
        _to_the_entrance(page)
        page.wait_for_url(re.compile(f"^{re.escape(world.env['BASE_URL'])}/(conta|painel)/"))
        page.goto("/painel/")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Ana", ignore_case=True)


def test_a_revoked_certificate_gets_a_page_that_says_so_and_no_session(
    world: World, driver: Playwright, tmp_path: Path
) -> None:
    with _browser_with("revogado", world, driver, tmp_path) as context:
        page = context.new_page()
        _to_the_entrance(page)
        expect(page.locator('[data-reason="revoked"]')).to_be_visible()
        page.get_by_role("link", name="Começar de novo").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Entrar com certificado digital")
        assert "sessao" not in {c["name"] for c in context.cookies()}


def test_an_expired_certificate_is_not_even_offered_and_the_page_knows_that(
    world: World, driver: Playwright, tmp_path: Path
) -> None:
    with _browser_with("vencido", world, driver, tmp_path) as context:
        page = context.new_page()
        _to_the_entrance(page)
        expect(page.locator('[data-reason="not_sent"]')).to_contain_text("vencido")


def test_the_machine_s_own_policies_are_untouched() -> None:
    assert not Path(POLICIES, "policy.json").exists()
