"""Service orders as clients have them: a stranger opens one and confirms; a mail's link is enough to answer.

Without an account, on a telephone with scripts, and without scripts.
"""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Portal
from tests.browser.test_walk import EVERYTHING, enter, violations

pytestmark = pytest.mark.browser(desk="tickets")
READ = """
import re
from portal.outbox.mail import opened
from portal.outbox.models import Entry
mail = Entry.objects.filter(kind="mail", recipient="{email}").latest("pk")
print(re.search("/(os/confirmar|visita)/[^ ]+/", opened(mail).text)[0])
"""
WAITS_FOR_A_STRANGER = """
from django.utils import timezone
from tickets.models import Participant
from tickets.services import telling
person = Participant.objects.filter(
    ticket__status="waiting_client", ticket__bounced=False, user=None, role="requester"
).latest("pk")
print(telling.link_for(person.ticket, person, at=timezone.now()).url)
"""


def looks_right(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, EVERYTHING) == []


def test_a_stranger_opens_an_order_confirms_it_and_answers_by_the_link_of_a_mail(
    portal: Portal, chromium: Browser
):
    email = "vera.queiroz@clientes.example"
    context = enter(chromium, portal, "stranger", viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Abrir uma O.S.").click()
    looks_right(page)
    page.get_by_role("link", name="IPVA - 1° Emplacamento").click()
    page.get_by_label("Endereço de e-mail").fill(email)
    page.get_by_label("Nome completo").fill("Vera Queiroz")
    page.get_by_label("RENAVAM").fill("00639884962")
    page.get_by_label("PLACA").fill("nbb 0000")
    page.get_by_role("textbox", name="Mensagem").fill("Solicito o lançamento do IPVA.")
    key = page.locator("[name=captcha_0]").input_value()
    page.locator("[name=captcha_1]").fill(portal.read_picture(key))
    looks_right(page)
    page.get_by_role("button", name="Abrir a O.S.").click()
    expect(page.get_by_role("heading", name="Falta um passo")).to_be_visible()
    page.goto(portal.shell(READ.format(email=email)).strip())
    page.get_by_role("main").get_by_role("button", name="Confirmar").click()
    number = page.locator(".order-number").inner_text()
    looks_right(page)

    page.goto(portal.shell(READ.format(email=email)).strip())
    page.get_by_role("main").get_by_role("button", name="Abrir").click()
    expect(page.get_by_role("heading", name=f"O.S. #{number}")).to_be_visible()
    expect(page.get_by_text("NBB-0000")).to_be_visible()
    answer_is_posted(page, "O veículo é branco.")
    looks_right(page)
    context.close()


def test_without_scripts_a_link_is_enough_to_answer(portal: Portal, chromium: Browser):
    context = enter(chromium, portal, "stranger", java_script_enabled=False)
    page = context.new_page()
    page.goto(portal.shell(WAITS_FOR_A_STRANGER).strip())
    page.get_by_role("main").get_by_role("button", name="Abrir").click()
    expect(page.get_by_text("Aguardando você").first).to_be_visible()
    answer_is_posted(page, "Segue o que foi pedido.")
    expect(page.get_by_text("Em atendimento").first).to_be_visible()
    context.close()


def answer_is_posted(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Para ajudá-lo melhor").fill(text)
    page.get_by_role("button", name="Postar uma resposta").click()
    expect(page.get_by_text("A sua resposta foi enviada.")).to_be_visible()
    expect(page.locator(".thread").get_by_text(text)).to_be_visible()
