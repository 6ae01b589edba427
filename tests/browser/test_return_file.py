"""The billing team's return file: handed in, looked over, posted, its differences found, undone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Portal, manage
from tests.browser.test_walk import EVERYTHING, enter, violations

pytestmark = pytest.mark.browser(desk="payments")
# No worker runs beside these tests: what waits is done when it is asked for.
JOBS = "from portal.outbox import delivery; delivery.sweep()"
CHARGES = """
from portal.payments.models import Charge
print(*Charge.objects.order_by("pk").values_list("status", "settled_cents"))
"""


def looks_right(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, EVERYTHING) == []


def done(portal: Portal, page: Page, state: str) -> None:
    """The background has come to its end, and the page shows its state."""
    portal.shell(JOBS)
    page.reload()
    expect(page.locator(".head .muted")).to_contain_text(state)
    looks_right(page)


def press(page: Page, what: str) -> None:
    """Follow the link, and say yes on the page that asks."""
    page.get_by_role("main").get_by_role("link", name=what, exact=True).click()
    looks_right(page)
    page.get_by_role("main").locator("form button").click()


def test_a_return_file_is_looked_over_posted_and_undone(
    portal: Portal, chromium: Browser, tmp_path
):
    path = tmp_path / "retorno.ret"
    manage(portal.env, "demo_return", str(path))
    before = portal.shell(CHARGES)
    page = enter(chromium, portal, "faturista", viewport={"width": 1280, "height": 800}).new_page()
    page.goto("/equipe/retornos/novo/")
    page.get_by_label("Arquivo de retorno").set_input_files(path)
    page.get_by_role("button", name="Enviar e conferir").click()
    done(portal, page, "Conferido")
    figures = page.locator(".batch-figures")
    for outcome in ("Pago a menos", "Pago outra vez", "Pago com número desconhecido"):
        expect(figures.locator("li", has_text=outcome).locator(".figure")).to_have_text("1")
    assert portal.shell(CHARGES) == before  # nothing is posted yet
    press(page, "Lançar")
    done(portal, page, "Lançado")
    expect(page.get_by_text("3 diferenças deste arquivo estão por resolver")).to_be_visible()
    its_page = page.url
    page.get_by_role("link", name="Lista de diferenças", exact=True).click()
    for kind in ("Pago a menos", "Pago outra vez", "Pago com número desconhecido"):
        expect(page.get_by_role("main").get_by_role("link", name=kind, exact=True)).to_have_count(1)
    looks_right(page)
    page.set_viewport_size({"width": 360, "height": 740})
    looks_right(page)
    page.goto(its_page)
    press(page, "Desfazer")
    done(portal, page, "Desfeito")
    expect(page.get_by_text(re.compile("diferenças? deste arquivo"))).to_have_count(0)
    assert portal.shell(CHARGES) == before
