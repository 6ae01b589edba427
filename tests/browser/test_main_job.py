"""The portal's main job in a real browser, as a client does it: sign in, find, open, save, release.

Then the same without JavaScript, by keyboard on a telephone's width, and from the staff's side.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Portal
from tests.factories import small_pdf

pytestmark = pytest.mark.browser(desk="invoices")
needs_pdfsig = pytest.mark.skipif(
    not (shutil.which("pdfsig") and shutil.which("certutil")), reason="poppler or NSS tools missing"
)

LAST_MONTH = (timezone.localdate().replace(day=1) - timedelta(days=1)).strftime("%m/%Y")
HEADQUARTERS = "SEC-01"
BRANCH = "SEC-02"
Enter = Callable[..., Page]


@pytest.fixture
def enter(chromium: Browser, portal: Portal) -> Iterator[Enter]:
    """Opens the front page in a browser profile of its own, with these options."""
    made: list[BrowserContext] = []

    def enter(**options: object) -> Page:
        context = chromium.new_context(base_url=portal.url, locale="pt-BR", **options)  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        made.append(context)
        page = context.new_page()
        page.goto("/")
        return page

    yield enter
    for context in made:
        context.close()


def sign_in(page: Page, portal: Portal, name: str) -> None:
    cpf, _email, password = portal.logins[name]
    page.get_by_role("main").get_by_role("link", name="Entrar").first.click()
    page.get_by_label("CPF").fill(cpf)
    page.get_by_label("Senha", exact=True).fill(password)
    key = page.locator("[name=captcha_0]").input_value()
    page.locator("[name=captcha_1]").fill(portal.read_picture(key))
    page.get_by_role("main").get_by_role("button", name="Entrar").click()


def select(page: Page, unit: str, month: str = LAST_MONTH) -> None:
    """Relatórios Faturamento: the unit, the month, Selecionar."""
    page.get_by_role("link", name="Relatórios Faturamento").first.click()
    choice = page.get_by_label("Unidade").locator("option", has_text=unit).get_attribute("value")
    page.get_by_label("Unidade").select_option(choice)
    page.locator("[name=period]").fill(month)
    page.get_by_role("button", name="Selecionar").click()
    expect(page.get_by_role("heading", name=f"Faturas de {month}")).to_be_visible()


def fetch(page: Page, link: str) -> tuple[bytes, dict[str, str]]:
    """What the first link of this name gives in the browser's session."""
    address = page.get_by_role("main").get_by_role("link", name=link).first.get_attribute("href")
    assert address
    response = page.request.get(address)
    assert response.status == 200
    return response.body(), response.headers


def what_pdfsig_says(pdf: bytes, root: bytes, folder: Path) -> str:
    """With the demonstration's root trusted."""
    (folder / "document.pdf").write_bytes(pdf)
    (folder / "root.pem").write_bytes(root)
    (folder / "nss").mkdir()
    nss = f"sql:{folder}/nss"
    subprocess.run(["certutil", "-N", "-d", nss, "--empty-password"], check=True)
    add = ["certutil", "-A", "-d", nss, "-n", "raiz", "-t", "CT,C,C", "-i", "root.pem"]
    subprocess.run(add, cwd=folder, check=True)
    command = ["pdfsig", "-nssdir", nss, "document.pdf"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


@needs_pdfsig
def test_a_client_signs_in_finds_last_months_invoice_and_releases_it(
    enter: Enter, portal: Portal, tmp_path: Path
) -> None:
    page = enter()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, portal, "ana")
    select(page, HEADQUARTERS)

    pdf, headers = fetch(page, "Abrir")
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"].startswith("inline")
    root = portal.shell("from certificates import demo; print(demo.root_pem().decode())")
    verdict = what_pdfsig_says(pdf, root.encode(), tmp_path)
    assert verdict.count("Signature Validation: Signature is Valid.") == 1
    assert "Certificate Validation: Certificate is Trusted." in verdict
    assert "Total document signed" in verdict

    with page.expect_download() as saving:
        page.get_by_role("main").get_by_role("link", name="Salvar").first.click()
    assert Path(saving.value.path()).read_bytes() == pdf
    month, year = LAST_MONTH.split("/")
    name = saving.value.suggested_filename
    assert name.endswith(".pdf")
    assert f"{year}-{month}" in name
    assert HEADQUARTERS in name

    page.locator("tr", has_text="Aguarda").first.get_by_role("rowheader").get_by_role(
        "link"
    ).click()
    page.get_by_role("link", name="Recebida e liberada").click()
    page.get_by_role("button", name="Sim, recebida e liberada").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Recibo")
    expect(page.get_by_role("main")).to_contain_text("Ana")
    assert complaints == []


def test_without_javascript_a_client_gets_as_far_as_the_open_document(
    enter: Enter, portal: Portal
) -> None:
    page = enter(java_script_enabled=False)
    sign_in(page, portal, "ana")
    select(page, BRANCH)
    pdf, headers = fetch(page, "Abrir")
    assert pdf.startswith(b"%PDF-")
    assert headers["content-type"] == "application/pdf"


def test_at_a_telephones_width_the_keyboard_alone_signs_in(enter: Enter, portal: Portal) -> None:
    page = enter(viewport={"width": 360, "height": 740})
    cpf, _email, password = portal.logins["bruno"]
    tab_to(page, "Entrar")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Entrar")).to_be_visible()
    tab_to(page, "CPF")
    page.keyboard.type(cpf)
    tab_to(page, "Senha")
    page.keyboard.type(password)
    tab_to(page, "Código")
    page.keyboard.type(portal.read_picture(page.locator("[name=captcha_0]").input_value()))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/painel/"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until what has the focus, and shows it, is called so."""
    named = "() => (document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()"
    outline = "() => getComputedStyle(document.activeElement)"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(named).startswith(name):
            look = f"(({outline})().outlineStyle + ({outline})().boxShadow)"
            assert page.evaluate(look) != "nonenone", f"{name} does not show that it has the focus"
            return
    pytest.fail(f"Tab never reached {name!r}")


def test_what_staff_publish_through_the_form_the_client_sees(
    enter: Enter, portal: Portal, tmp_path: Path
) -> None:
    file = tmp_path / "fatura.pdf"
    file.write_bytes(small_pdf(text="Fatura publicada no navegador"))
    staff = enter()
    sign_in(staff, portal, "faturista")
    staff.goto("/equipe/faturas/publicar/")
    staff.get_by_role("combobox", name="Unidade").fill("AUR-03")
    staff.get_by_label("Tipo").select_option(index=1)
    staff.get_by_label("Período").fill(LAST_MONTH)
    staff.get_by_label("Número").fill("NAV-0001")
    staff.get_by_label("Valor").fill("1.234,56")
    staff.get_by_label("Vencimento").fill(timezone.localdate().strftime("%d/%m/%Y"))
    staff.get_by_label("Arquivo").set_input_files(file)
    staff.get_by_role("button", name="Conferir").click()
    expect(staff.get_by_role("heading", name="Confira antes de publicar")).to_be_visible()
    staff.get_by_role("main").get_by_role("button", name="Publicar").click()
    expect(staff.get_by_role("main")).to_contain_text("Código de verificação")

    client = enter()
    sign_in(client, portal, "bruno")
    select(client, "AUR-03")
    row = client.locator("tr", has_text="NAV-0001")
    expect(row).to_contain_text("1.234,56")
    row.get_by_role("rowheader").get_by_role("link").click()
    expect(client.get_by_role("main")).to_contain_text("Publicado")
