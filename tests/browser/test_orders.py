"""Serviços Online from one end to the other: registered, ordered, paid, booked, moved once.

On a telephone, by somebody whom the portal did not know; the money is noted by the billing team.
"""

import re
import secrets

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.taxid import format_tax_id, with_check_digits
from tests.browser.conftest import Portal
from tests.browser.test_walk import EVERYTHING, enter, violations
from tests.factories import small_pdf

pytestmark = pytest.mark.browser(desk="orders")
PASSWORD = "Ondas#Verdes7"
PRODUCT = "e-CPF A3 de 3 anos em token"
LINK = """
import re
from portal.outbox.mail import opened
from portal.outbox.models import Entry
mail = Entry.objects.filter(kind="mail", recipient="{email}").latest("pk")
print(re.search("/cadastro/servicos-online/[^ ]+/", opened(mail).text)[0])
"""
CHARGE = """
from orders.models import Order
print(Order.objects.get(number={number}).charge_id)
"""
KEPT = """
from orders.models import Appointment
row = Appointment.objects.get(order__number={number})
print(row.order.status, row.order.charge.status, row.status, row.sequence)
"""


def looks_right(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, EVERYTHING) == []


def test_from_registering_access_to_a_paid_order_and_an_appointment_moved_once(
    portal: Portal, chromium: Browser
):
    context = enter(chromium, portal, "stranger", viewport={"width": 360, "height": 740})
    page = context.new_page()
    register(page, portal, cpf=with_check_digits(f"{secrets.randbelow(10**9):09}"))
    number = order(page)
    note_payment(portal, chromium, number)
    page.goto(f"/pedidos/{number}/")
    expect(page.get_by_text("Aguardando Agendamento")).to_be_visible()
    book_and_move(page)
    said = portal.shell(KEPT.format(number=number)).split()[-4:]
    assert said == ["validation", "settled", "booked", "1"]
    context.close()


def register(page: Page, portal: Portal, *, cpf: str) -> None:
    """CPF, e-mail and code; the link of the mail; the data, looked over and confirmed."""
    email = f"{cpf}@clientes.example"
    page.goto("/servicos-online/")
    page.get_by_role("main").get_by_role("link", name="Cadastrar Acesso").click()
    page.get_by_label("CPF (Apenas Números)").fill(format_tax_id(cpf))
    page.get_by_label("Email").fill(email)
    key = page.locator("[name=captcha_0]").input_value()
    page.locator("[name=captcha_1]").fill(portal.read_picture(key))
    looks_right(page)
    page.get_by_role("button", name="Avançar").click()
    expect(page.get_by_role("heading", name="Confira o seu e-mail")).to_be_visible()
    page.goto(portal.shell(LINK.format(email=email)).split()[-1])
    page.get_by_label("Nome", exact=True).fill("Marina Salgado Prado")
    page.get_by_label("Telefone").fill("(31) 3247-5816")
    page.get_by_label("Tipo de Logradouro").select_option("Rua")
    page.get_by_label("Logradouro", exact=True).fill("da Bahia")
    page.get_by_label("Sem número").check()
    page.get_by_label("CEP").fill("30160-012")
    page.get_by_label("Bairro").fill("Lourdes")
    page.get_by_label("Estado").select_option("MG")
    page.get_by_label("Município").fill("belo horizonte")
    page.get_by_label("Senha", exact=True).fill(PASSWORD)
    page.get_by_label("Confirmar Senha").fill(PASSWORD)
    looks_right(page)
    page.get_by_role("button", name="Salvar Dados").click()
    expect(page.get_by_text("Belo Horizonte")).to_be_visible()
    page.get_by_role("button", name="OK", exact=True).click()
    expect(page.get_by_text("Registro inserido com sucesso!")).to_be_visible()
    page.get_by_role("link", name="Ok", exact=True).click()


def order(page: Page) -> str:
    """From the catalogue to the slip; the order's number."""
    page.get_by_role("link", name="Pedir um certificado").click()
    page.get_by_role("link", name=PRODUCT).click()
    page.get_by_label("Pessoa Física").check()
    page.get_by_label("Data de nascimento do titular").fill("12/03/1980")
    looks_right(page)
    page.get_by_role("button", name="Avançar").click()
    expect(page.get_by_label("Logradouro", exact=True)).to_have_value("da Bahia")
    page.get_by_role("button", name="Avançar").click()
    page.get_by_label("Arquivo").set_input_files(
        {"name": "identidade.pdf", "mimeType": "application/pdf", "buffer": small_pdf()}
    )
    page.get_by_role("button", name="Enviar o documento").click()
    expect(page.get_by_role("link", name="identidade.pdf")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Confirmar o pedido").click()
    line = page.get_by_label("Linha digitável")
    expect(line).to_have_value(re.compile(r"^[\d. ]{54}$"))
    looks_right(page)
    found = re.search(r"/pedidos/(\d+)/boletos/", page.url)
    assert found
    return found[1]


def note_payment(portal: Portal, chromium: Browser, number: str) -> None:
    """The billing team notes that the whole amount has come."""
    context = enter(chromium, portal, "faturista")
    page = context.new_page()
    charge = portal.shell(CHARGE.format(number=number)).split()[-1]
    page.goto(f"/equipe/cobrancas/{charge}/receber/")
    page.locator("[name=reason]").fill("Transferência, comprovante 123")
    page.get_by_role("main").locator("form button.btn-primary").click()
    expect(page.get_by_text("O pagamento foi registrado")).to_be_visible()
    context.close()


def book_and_move(page: Page) -> None:
    """Of this month there may be too little left to move what is booked in it: the next one."""
    page.get_by_role("link", name="AGENDAMENTO").click()
    page.locator(".agenda-months a").last.click()
    page.locator("table.agenda-month a").nth(1).click()
    looks_right(page)
    page.locator("#horarios button").first.click()
    page.get_by_role("button", name="Confirmar").click()
    expect(page.get_by_text("O seu atendimento está agendado.")).to_be_visible()
    page.get_by_role("link", name="Remarcar").click()
    page.locator(".agenda-months a").last.click()
    page.locator("table.agenda-month a").nth(2).click()
    page.locator("#horarios button").last.click()
    page.get_by_label("Motivo").fill("Viagem a trabalho")
    page.get_by_role("button", name="Confirmar").click()
    expect(page.get_by_text("O seu atendimento foi remarcado.")).to_be_visible()
    looks_right(page)
