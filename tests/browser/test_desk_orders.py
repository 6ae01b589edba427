"""Agents clear service orders: ten by keyboard alone, and two agents at one order."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Portal
from tests.browser.test_walk import EVERYTHING, enter, violations

pytestmark = pytest.mark.browser
MANY = 10
# A department of the test's own, whose queue holds what the test puts there.
ORDERS = """
from portal.accounts.models import User
from tests.factories.tickets import make_department, make_ticket
from tickets.models import Member
department = make_department("{name}")
agent = User.objects.get(email="atendente@demo.balcao.example")
Member.objects.get_or_create(department=department, user=agent)
tickets = [make_ticket(department=department, subject=f"Pedido {{n}}") for n in range({count})]
print(department.pk, tickets[-1].number)
"""
CLIENT_SAYS = """
from django.utils import timezone
from tests.factories.tickets import said
from tickets.models import Ticket
from tickets.services import life
life.client_says(Ticket.objects.get(number="{number}"), said("Esqueci a placa."), at=timezone.now())
"""
STATES = """
from tickets.models import Ticket
print(sorted(Ticket.objects.filter(department={department}).values_list("status", flat=True)))
"""


def make_orders(portal: Portal, name: str, count: int) -> tuple[str, str]:
    """The key of the department, and the number of its newest order."""
    department, number = portal.shell(ORDERS.format(name=name, count=count)).split()[-2:]
    return department, number


def write(page: Page, text: str) -> None:
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name="Resposta ao cliente")).to_be_focused()
    page.keyboard.type(text)


def test_ten_orders_are_cleared_by_keyboard(portal: Portal, chromium: Browser):
    department, _number = make_orders(portal, "Teclado", MANY)
    context = enter(chromium, portal, "atendente")
    page = context.new_page()
    page.goto(f"/equipe/os/?queue=answer&department={department}")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    seen = set()
    for n in range(MANY):
        title = page.get_by_role("heading", level=1)
        expect(title).to_have_text(re.compile(r"O\.S\. #"))
        seen.add(title.inner_text())
        if n == 0:
            assert violations(page, EVERYTHING) == []
        write(page, f"Resposta {n}.")
        at = page.url
        page.keyboard.press("Control+Enter")
        expect(page).not_to_have_url(at)
    assert len(seen) == MANY
    expect(page).to_have_url(re.compile(rf"/equipe/os/\?queue=answer&department={department}$"))
    assert portal.shell(STATES.format(department=department)).count("waiting_client") == MANY
    context.close()


def test_two_agents_answer_one_order_and_the_second_reads_first(portal: Portal, chromium: Browser):
    _department, number = make_orders(portal, "Dupla", 1)
    first, second = (enter(chromium, portal, name) for name in ("atendente", "admin"))
    one, two = first.new_page(), second.new_page()
    for page in (one, two):
        page.goto(f"/equipe/os/{number}/")
    one.reload()
    expect(one.locator("[data-here]")).to_contain_text("também está com esta O.S. aberta")
    write(two, "Resposta da segunda.")
    expect(two.locator("form[data-draft] [data-draft-kept]").first).to_contain_text(
        "Rascunho salvo"
    )
    one.reload()
    expect(one.locator("[data-here]")).to_contain_text("está respondendo")

    write(one, "Resposta da primeira.")
    one.get_by_role("button", name="Enviar a resposta").click()
    expect(one.get_by_text(f"A resposta à O.S. {number} foi enviada.")).to_be_visible()
    two.get_by_role("button", name="Enviar a resposta").click()
    expect(two.get_by_text("Ainda não foi enviada")).to_be_visible()
    expect(
        two.get_by_role("listitem").filter(has_text="Resposta da primeira.").first
    ).to_be_visible()
    expect(two.get_by_role("textbox", name="Resposta ao cliente")).to_contain_text("da segunda")
    two.get_by_role("button", name="Enviar assim mesmo").click()
    expect(two.get_by_text(f"A resposta à O.S. {number} foi enviada.")).to_be_visible()
    expect(two.locator(".thread .entry-agent")).to_have_count(2)
    for context in (first, second):
        context.close()


def test_a_draft_outlives_its_tab(portal: Portal, chromium: Browser):
    _department, number = make_orders(portal, "Rascunho", 1)
    context = enter(chromium, portal, "atendente")
    page = context.new_page()
    page.goto(f"/equipe/os/{number}/")
    write(page, "Prezada cliente")
    expect(page.locator("form[data-draft] [data-draft-kept]").first).to_contain_text(
        "Rascunho salvo"
    )
    page.close()
    portal.shell(CLIENT_SAYS.format(number=number))
    page = context.new_page()
    page.goto(f"/equipe/os/{number}/")
    expect(page.get_by_role("textbox", name="Resposta ao cliente")).to_contain_text(
        "Prezada cliente"
    )
    expect(page.get_by_text("Novo desde que você começou a escrever")).to_be_visible()
    context.close()
