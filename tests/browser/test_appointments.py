"""A client books an appointment and moves it once, on a telephone, without scripts, by keyboard."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Portal
from tests.browser.test_walk import enter

pytestmark = pytest.mark.browser(desk="orders")
ORDER = """
from orders.models import AppointmentService, Place
from portal.accounts.models import User
from tests.factories.appointments import ALWAYS, make_place, make_service, waiting_order
if not AppointmentService.objects.filter(is_active=True, product_kind="").exists():
    make_service()
AppointmentService.objects.update(lead_hours=1)
service = AppointmentService.objects.get(is_active=True, product_kind="")
service.places.clear()
Place.objects.filter(name="Posto do Teste").exists() or make_place("Posto do Teste", hours=ALWAYS)
print(waiting_order(holder=User.objects.get(email="ana@demo.balcao.example")).number)
"""
KEPT = """
from orders.models import Appointment
row = Appointment.objects.get(order__number={number})
print(row.status, row.sequence, row.order.status)
"""


def test_an_appointment_is_booked_and_moved_once(portal: Portal, chromium: Browser):
    number = portal.shell(ORDER).split()[-1]
    context = enter(
        chromium, portal, "ana", viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"/pedidos/{number}/agendamento/")
    page.get_by_label("Onde você quer ser atendido?").select_option(
        label="Belo Horizonte – MG: Posto do Teste"
    )
    page.get_by_role("button", name="Ver os horários").click()
    # Of this month there may be too little left to move what is booked in it.
    page.locator(".agenda-months a").last.press("Enter")
    page.locator("table.agenda-month a").nth(1).press("Enter")
    times = page.locator("#horarios button")
    first = times.nth(2).inner_text()
    times.nth(2).press("Enter")
    expect(page.get_by_text("Este horário fica reservado para você")).to_be_visible()
    page.get_by_role("button", name="Confirmar").press("Enter")
    expect(page.get_by_text("O seu atendimento está agendado.")).to_be_visible()
    expect(page.locator("dl.facts")).to_contain_text(f"{first} às")

    page.get_by_role("link", name="Remarcar").press("Enter")
    page.get_by_role("link", name="Ver como lista").click()
    page.locator(".agenda-months a").last.press("Enter")
    page.locator(".agenda-list a").nth(3).press("Enter")
    second = page.locator("#horarios button").nth(5).inner_text()
    page.locator("#horarios button").nth(5).press("Enter")
    page.get_by_label("Motivo").fill("Viagem a trabalho")
    page.get_by_role("button", name="Confirmar").press("Enter")
    expect(page.get_by_text("O seu atendimento foi remarcado.")).to_be_visible()
    expect(page.locator("dl.facts")).to_contain_text(f"{second} às")
    assert portal.shell(KEPT.format(number=number)).split()[-3:] == ["booked", "1", "validation"]
    context.close()
