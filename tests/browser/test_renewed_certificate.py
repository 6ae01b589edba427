"""A renewal as its holder goes through it: the old certificate confirms it, this browser makes the
key of the new one, and the file that it leaves opens elsewhere and opens a session here."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser.own_certificate import (
    browser_with,
    needs_own_store,
    to_the_entrance,
    world_with_entrance,
)
from tests.browser.test_emission import ISSUE, PASSWORD, fill
from tests.server.entrance import World

pytestmark = [pytest.mark.browser(desk="orders"), needs_own_store]

# A renewal that is paid; its product asks for any certificate that is still valid.
ORDER = """
from certificates import demo
from orders.models import Order
from portal.accounts.models import User
from tests.factories.orders import make_order, make_product
ana = User.objects.get(cpf=demo.one("e-cpf").cpf)
product = make_product("Renovação A1", is_renewal=True, level="a1", medium="file", years=1,
                       signature_level="any", window_days=0)
print(make_order(holder=ana, status=Order.Status.AWAITING_VALIDATION, product=product).number)
"""
VERIFY = """
import json
from django.utils import timezone
from orders.models import Order
from orders.services import acts
from tests.factories import make_user
from tests.orders.renewing import code_of
order = Order.objects.get(number={number})
assert order.validated_by_system, order.status
agent = make_user(name="Agente", email="agente@provedor.example", is_staff=True)
acts.verify(order, by=agent, at=timezone.now())
print(json.dumps(code_of(Order.objects.get(pk=order.pk))))
"""
STATUS = """
from orders.models import Order
print(Order.objects.get(number={number}).status)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, peopled_var: Path) -> Iterator[World]:
    with world_with_entrance(tmp_path_factory.mktemp("renewal"), peopled_var) as made:
        yield made


def test_a_renewed_certificate_opens_in_openssl_and_signs_in(
    world: World, driver: Playwright, tmp_path: Path
) -> None:
    old, new = world.people / "e-cpf.pfx", tmp_path / "novo.pfx"
    with browser_with(old, "demonstracao", world, driver, tmp_path / "old") as context:
        page = context.new_page()
        _sign_in(page, world)
        number = world.shell(ORDER).splitlines()[-1]
        _confirm(page, number)
        first, second = json.loads(world.shell(VERIFY.format(number=number)).splitlines()[-1])
        page.goto(f"/pedidos/{number}/emitir/")
        fill(page, first, second)
        expect(
            page.get_by_text("Sua chave está guardada neste navegador, protegida")
        ).to_be_visible(timeout=60_000)
        world.shell(ISSUE.format(number=number))
        page.reload()
        page.locator("#emissao-abrir").fill(PASSWORD)
        with page.expect_download(timeout=60_000) as download:
            page.get_by_role("button", name="Baixar o certificado").click()
        download.value.save_as(new)
    assert "ANA" in _said_by_openssl(new)
    assert world.shell(STATUS.format(number=number)).splitlines()[-1] == "issued"
    with browser_with(new, PASSWORD, world, driver, tmp_path / "new", scripts=False) as context:
        page = context.new_page()
        _sign_in(page, world)
        page.goto("/painel/")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Ana", ignore_case=True)
    assert world.shell(STATUS.format(number=number)).splitlines()[-1] == "delivered"


def _confirm(page: Page, number: str) -> None:
    page.goto(f"/pedidos/{number}/emitir/")
    page.get_by_role("button", name="Confirmo a renovação").click()
    expect(page.get_by_text("A renovação está confirmada.")).to_be_visible()


def _sign_in(page: Page, world: World) -> None:
    to_the_entrance(page)
    page.wait_for_url(re.compile(f"^{re.escape(world.env['BASE_URL'])}/(conta|painel)/"))


def _said_by_openssl(pfx: Path) -> str:
    """What a second program reads in the file."""
    shown = subprocess.run(
        ["openssl", "pkcs12", "-in", str(pfx), "-passin", f"pass:{PASSWORD}", "-nokeys", "-clcerts"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    return shown.stdout
