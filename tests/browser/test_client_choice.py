"""The clients of an access, found among many as one types; and without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Portal
from tests.browser.test_walk import EVERYTHING, enter, violations

pytestmark = pytest.mark.browser(desk="proxies")
SECRET = "Ondas#Azuis42"
BEGIN = """
from portal.accounts.models import User
from proxies.models import OfficeClient
from tests.factories import a_cnpj, make_company
from tests.factories.proxies import open_proxies
office = make_company("Escritório Grande", kind="office")
open_proxies(User.objects.get(email="ana@demo.balcao.example"), office)
names = [f"Padaria São João {number}" for number in range(40)] + ["Mercado Sol"]
OfficeClient.objects.bulk_create(
    OfficeClient(office=office, name=name, tax_id=a_cnpj()) for name in names
)
print(office.pk)
"""
END = """
from portal.accounts.models import Company, Grant
from proxies.models import OfficeClient
Grant.objects.filter(company={office}).delete()
OfficeClient.objects.filter(office={office}).delete()
Company.objects.get(pk={office}).delete()
"""


@pytest.fixture
def address(portal: Portal) -> Iterator[str]:
    """The form of a new access in an office with 41 clients, which Ana administers."""
    office = portal.shell(BEGIN).strip()
    yield f"/escritorios/{office}/certificados/novo/?kind=login&sphere=state"
    portal.shell(END.format(office=office))


def shown(page: Page, part: str) -> list[str]:
    return page.locator(f"[data-part={part}] label").all_inner_texts()


def test_clients_are_found_by_the_keyboard_and_the_password_stays(
    portal: Portal, chromium: Browser, address: str
):
    context = enter(chromium, portal, "ana")
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(address)
    page.locator("[name=password]").fill(SECRET)
    field = page.get_by_label("Pesquisar por nome, CNPJ ou CPF")
    field.press_sequentially("mercado")  # it searches by itself
    box = page.locator("[data-part=found]").get_by_role("checkbox", name="Mercado Sol")
    expect(box).to_be_visible()
    expect(page.locator("[data-part=found] label")).to_have_count(1)
    expect(field).to_be_focused()
    box.press("Space")
    field.fill("sao joao")
    field.press("Enter")  # searches, and does not send the form
    said = page.locator("[data-part=found] [data-said]")
    expect(said).to_contain_text("Mostrando 20 de 40")
    assert [text.split(" ")[0] for text in shown(page, "chosen")] == ["Mercado"]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert violations(page, EVERYTHING) == []
    page.get_by_role("button", name="Escolher todos os 40").press("Enter")
    expect(page.locator("[data-part=chosen] [data-said]")).to_contain_text("20 de 41 escolhidos")
    expect(field).to_be_focused()  # the button is gone
    expect(page.locator("[name=password]")).to_have_value(SECRET)
    context.close()


def test_without_scripts_a_button_searches_and_only_the_password_goes(
    portal: Portal, chromium: Browser, address: str
):
    context = enter(chromium, portal, "ana", java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Nome", exact=True).fill("ACESSO SEFAZ-MT")
    page.locator("[name=password]").fill(SECRET)
    page.get_by_label("Pesquisar por nome, CNPJ ou CPF").fill("mercado")
    page.get_by_role("button", name="Pesquisar cliente").click()
    expect(page.get_by_label("Nome", exact=True)).to_have_value("ACESSO SEFAZ-MT")
    expect(page.locator("[name=password]")).to_have_value("")
    expect(page.get_by_text("menos o que é secreto")).to_be_visible()
    expect(page.locator(".field-error")).to_have_count(0)
    page.get_by_role("checkbox", name="Mercado Sol").check()
    page.get_by_label("Pesquisar por nome, CNPJ ou CPF").fill("joao")
    page.get_by_role("button", name="Pesquisar cliente").click()
    expect(page.get_by_role("checkbox", name="Mercado Sol")).to_be_checked()
    context.close()
