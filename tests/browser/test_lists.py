"""Lists at the widths between a phone and a wide screen, and on paper.

No control may be cut off or out of sight, a print has every column, and on a phone one sees at once
that there are rows.
"""

import pypdfium2
import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Portal
from tests.browser.lists import CLIENTS, LISTS, ROWS_FURTHER_DOWN
from tests.browser.test_walk import enter

pytestmark = pytest.mark.browser

# What can be pressed or filled in, is shown, and lies beyond the window or beyond a box that cuts.
CUT_OFF = """() => [...document.querySelectorAll('main :is(a, button, input, select, summary), nav a')]
    .filter(control => control.checkVisibility() && !control.closest('.visually-hidden, details:not([open]) > :not(summary)'))
    .filter(control => {
        const {left, right} = control.getBoundingClientRect();
        if (left < 0 || right > innerWidth + 1) return true;
        for (let box = control.parentElement; box; box = box.parentElement) {
            if (getComputedStyle(box).overflowX === 'visible') continue;
            const edge = box.getBoundingClientRect();
            if (left >= edge.right || (box.matches('.table-wrap') && right > edge.right + 1)) return true;
        }
        return false;
    }).map(control => control.outerHTML.slice(0, 120))"""
HEADINGS = (
    "() => [...document.querySelectorAll('.list thead th')]"
    ".filter(th => !th.querySelector('.visually-hidden')).map(th => th.textContent.replace('\\u2060', '').trim())"
)

# The upper edge of the first row, 0 where there is none.
FIRST_ROW = (
    "() => document.querySelector('.list tbody tr, .list .empty')?.getBoundingClientRect().top ?? 0"
)
PHONE, FIRST_ROW_ABOVE = {"width": 360, "height": 740}, 500


@pytest.mark.parametrize(("role", "path"), LISTS)
def test_a_list_shows_every_control_and_prints_every_column(
    role: str, path: str, portal: Portal, chromium: Browser
):
    context = enter(chromium, portal, role)
    page = context.new_page()
    page.goto(path)
    for width in (1024, 768):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(f"() => innerWidth === {width}")
        assert page.evaluate(CUT_OFF) == [], f"at {width} px"
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.reload()  # as a phone opens it: filters folded
    first_row = page.evaluate(FIRST_ROW)
    headings = page.evaluate(HEADINGS)
    paper = pypdfium2.PdfDocument(page.pdf(format="A4"))
    printed = "\n".join(sheet.get_textpage().get_text_bounded() for sheet in paper)
    context.close()
    missing = [word for heading in headings for word in heading.split() if word not in printed]
    assert missing == []
    if role in CLIENTS and path not in ROWS_FURTHER_DOWN:
        assert first_row < FIRST_ROW_ABOVE


def test_the_menu_keeps_to_one_line_and_puts_the_rest_under_more(portal: Portal, chromium: Browser):
    context = enter(chromium, portal, "admin")
    page = context.new_page()
    page.set_viewport_size({"width": 1024, "height": 800})
    page.goto("/painel/")
    page.wait_for_selector("[data-nav][data-fitted]")
    bar = page.locator("[data-nav] .bar li:visible")
    tops = {bar.nth(i).bounding_box()["y"] for i in range(bar.count())}  # type: ignore[index]
    assert len(tops) == 1
    page.locator("[data-nav] summary").click()
    rest = page.locator("[data-nav] .menu-body li:visible")
    assert bar.count() + rest.count() == page.locator("[data-nav] .bar li").count()
    context.close()


def test_a_filter_applies_itself_and_the_address_follows(portal: Portal, chromium: Browser):
    context = enter(chromium, portal, "ana")
    page = context.new_page()
    page.goto("/faturas/")
    page.select_option("[name=release]", "released")
    page.wait_for_url("**/faturas/?release=released")
    page.wait_for_selector("#filter-clear a")
    assert page.locator("#list tbody tr").count() > 0
    context.close()


def test_all_is_chosen_in_a_filter_that_starts_with_something_else(
    portal: Portal, chromium: Browser
):
    """Proven before: the list kept to those that wait, under a filter that said "Todos"."""
    context = enter(chromium, portal, "admin")
    page = context.new_page()
    page.goto("/equipe/acessos/")
    assert page.locator("[name=status]").input_value() == "pending"
    page.select_option("[name=status]", "")
    page.wait_for_url("**/equipe/acessos/?status=")
    page.wait_for_selector("#filter-clear a")
    page.reload()
    assert page.locator("[name=status]").input_value() == ""
    context.close()


@pytest.mark.parametrize("query", ["", "?period=01/2026&until=12/2026"])
def test_an_invoice_s_unit_is_whole_on_a_usual_screen(
    query: str, portal: Portal, chromium: Browser
):
    context = enter(chromium, portal, "ana")
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/faturas/{query}")
    shortened = "() => [...document.querySelectorAll('td.grow')].filter(cell => cell.scrollWidth > cell.clientWidth + 1).length"
    assert page.locator("td.grow").count()
    assert page.evaluate(shortened) == 0
    assert page.evaluate(CUT_OFF) == []
    context.close()
