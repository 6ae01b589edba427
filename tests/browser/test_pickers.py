"""A unit found as one types, with the keyboard alone; and without scripts."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Portal
from tests.browser.test_walk import EVERYTHING, enter, violations

pytestmark = pytest.mark.browser(desk="invoices")
PAGE = "/equipe/faturas/publicar/"


def test_a_unit_is_found_by_the_keyboard_and_the_list_says_what_it_is(
    portal: Portal, chromium: Browser
):
    context = enter(chromium, portal, "faturista")
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(PAGE)
    field = page.get_by_role("combobox", name="Unidade")
    field.press_sequentially("manaus")
    options = page.locator(".picker-list").get_by_role("option")
    expect(options).to_have_count(2)
    expect(page.locator(".picker [role=status]")).to_have_text("2 encontrados.")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(field).to_have_attribute(
        "aria-activedescendant", options.nth(1).get_attribute("id") or ""
    )
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert violations(page, EVERYTHING) == []
    chosen = options.nth(1).get_attribute("data-text") or ""
    field.press("Enter")  # chooses, and does not send the form
    assert page.url.endswith(PAGE)
    expect(field).to_have_value(chosen)
    assert page.locator("[name=unit_key]").input_value()
    field.press("Backspace")  # another text: the key no longer stands for it
    expect(page.locator("[name=unit_key]")).to_have_value("")
    field.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    context.close()


def test_without_scripts_a_button_searches_and_nothing_typed_is_lost(
    portal: Portal, chromium: Browser
):
    context = enter(chromium, portal, "faturista", java_script_enabled=False)
    page = context.new_page()
    page.goto(PAGE)
    page.get_by_label("Número").fill("4711")
    page.get_by_role("textbox", name="Unidade").fill("manaus")
    page.get_by_role("button", name="Pesquisar unidade").click()
    expect(page.get_by_label("Número")).to_have_value("4711")
    expect(page.locator(".field-error")).to_have_count(0)
    second = page.get_by_role("radio").nth(1)
    key = second.get_attribute("value")
    second.check()
    page.get_by_role("button", name="Conferir").click()
    # What is still missing is told; the unit that was chosen is kept.
    expect(page.locator("#id_unit_error")).to_have_count(0)
    expect(page.locator("#id_file_error")).to_have_count(1)
    assert page.locator("[name=unit_key]").input_value() == key
    context.close()
