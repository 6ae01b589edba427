"""An A1 whose key a real browser makes: request, waiting, a tab closed midway, the file.

The certification authority is the demonstration's; the worker's job is run by hand.
"""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.browser.conftest import Portal

pytestmark = pytest.mark.browser
PASSWORD = "Senha do arquivo 26"

ORDER = """
import json
from django.utils import timezone
from orders.models import Order
from orders.services import codes
from portal.accounts.models import User
from portal.taxid import normalise
from tests.factories.orders import make_order, make_product
from tests.orders.renewing import code_of
ana = User.objects.get(cpf=normalise({cpf!r}))
product = make_product("Renovação A1", is_renewal=True, level="a1", medium="file", years=1)
order = make_order(holder=ana, status=Order.Status.APPROVED, product=product)
codes.make(order, by=None, at=timezone.now())
print(json.dumps([order.number, *code_of(order)]))
"""
ISSUE = """
from django.utils import timezone
from orders.models import Emission
from orders.services import emission
for one in Emission.objects.at_authority().filter(order__number={number}):
    emission.ask_authority(one, at=timezone.now())
"""


class Seen:
    """Everything that left the browser, and what it complained of."""

    def __init__(self, context: BrowserContext) -> None:
        self.sent: list[bytes] = []
        self.complaints: list[str] = []
        context.on("request", self._note)
        context.on("page", self._listen)

    def _note(self, request: Request) -> None:
        self.sent += [request.url.encode(), request.post_data_buffer or b""]
        self.sent += [f"{name}: {value}".encode() for name, value in request.headers.items()]

    def _listen(self, page: Page) -> None:
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture
def seen(portal: Portal, context: BrowserContext) -> Seen:  # the portal first: it is made by Django
    return Seen(context)


@pytest.fixture
def order(portal: Portal) -> tuple[int, str, str]:
    """Number and the two parts of the code."""
    said = portal.shell(ORDER.format(cpf=portal.logins["ana"][0]))
    number, first, second = json.loads(said.splitlines()[-1])
    return number, first, second


@pytest.fixture
def page(portal: Portal, context: BrowserContext, seen: Seen, order: tuple[int, str, str]) -> Page:
    context.add_cookies([{"name": "sessao", "value": portal.sessions["ana"], "url": portal.url}])
    return opened(context, order)


def opened(context: BrowserContext, order: tuple[int, str, str]) -> Page:
    page = context.new_page()
    page.goto(f"/pedidos/{order[0]}/emitir/")
    return page


def fill(page: Page, first: str, second: str, password: str = PASSWORD, again: str = "") -> None:
    page.locator("#emissao-parte-1").fill(first)
    page.locator("#emissao-parte-2").fill(second)
    page.locator("#emissao-senha").fill(password)
    page.locator("#emissao-senha-2").fill(again or password)
    page.get_by_role("button", name="Gerar a chave e pedir o certificado").click()


def issue(portal: Portal, order: tuple[int, str, str]) -> None:
    portal.shell(ISSUE.format(number=order[0]))


def downloaded(page: Page, button: str) -> bytes:
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name=button).click()
    return Path(download.value.path()).read_bytes()


def key_in(file: bytes, password: str = PASSWORD) -> RSAPrivateKey:
    found = pkcs12.load_pkcs12(file, password.encode())
    assert isinstance(found.key, RSAPrivateKey)
    assert found.cert is not None
    assert found.cert.certificate.public_key() == found.key.public_key()
    assert len(found.additional_certs) == 2
    return found.key


def test_the_key_is_made_here_outlives_a_closed_tab_and_leaves_only_in_the_file(
    portal: Portal, page: Page, context: BrowserContext, order: tuple[int, str, str], seen: Seen
) -> None:
    fill(page, *order[1:])
    expect(page.get_by_text("Sua chave está guardada neste navegador, protegida")).to_be_visible(
        timeout=60_000
    )
    page.close()
    issue(portal, order)
    page = opened(context, order)
    page.locator("#emissao-abrir").fill("outra senha 26")
    page.get_by_role("button", name="Baixar o certificado").click()
    expect(page.get_by_text("não é a senha")).to_be_visible()
    page.locator("#emissao-abrir").fill(PASSWORD)
    key = key_in(downloaded(page, "Baixar o certificado"))
    old = key_in(downloaded(page, "Arquivo compatível"))
    assert old.private_numbers() == key.private_numbers()
    assert_nothing_leaked(seen, key)
    page.get_by_role("button", name="Já guardei o arquivo").click()
    page.get_by_role("button", name="Ainda não").click()
    expect(page.get_by_role("button", name="Baixar o certificado")).to_be_visible()
    page.get_by_role("button", name="Já guardei o arquivo").click()
    page.get_by_role("button", name="Apagar a chave deste navegador").click()
    expect(page.get_by_text("A chave foi apagada deste navegador")).to_be_visible()
    page.reload()
    expect(page.get_by_text("não está neste navegador")).to_be_visible()
    assert page.evaluate(KEPT) == 0
    assert seen.complaints == []


KEPT = """() => new Promise((resolve) => {
  const opening = indexedDB.open("balcao-emissao");
  opening.onsuccess = () => {
    const counting = opening.result.transaction("chaves").objectStore("chaves").count();
    counting.onsuccess = () => resolve(counting.result);
  };
})"""


def assert_nothing_leaked(seen: Seen, key: RSAPrivateKey) -> None:
    """Neither what is private of the key nor the password, in any shape in which they might travel."""
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_numbers()
    end_of_public = public.n.to_bytes(256) + b"\x02\x03\x01\x00\x01"
    private = der[der.index(end_of_public) + len(end_of_public) :]
    sent = b"".join(seen.sent)
    plain = sent.replace(b"%2B", b"+").replace(b"%2F", b"/").replace(b"\r", b"").replace(b"\n", b"")
    assert found_in(plain, end_of_public[:256]), "the request itself was not seen"
    assert not found_in(plain, private)
    for shape in (private[at : at + 24] for at in range(0, len(private) - 24, 24)):
        assert shape not in sent
        assert shape.hex().encode() not in sent.lower()
    for password in (PASSWORD, PASSWORD.replace(" ", "+"), PASSWORD.replace(" ", "%20")):
        assert password.encode() not in sent


def found_in(sent: bytes, secret: bytes) -> bool:
    """Whether any 30 bytes of it were sent as base64, which has three alignments."""
    texts = [base64.b64encode(secret[at:])[:-4] for at in range(3)]
    return any(text[at : at + 40] in sent for text in texts for at in range(len(text) - 40))


def test_what_is_filled_in_wrongly_is_said_and_sends_nothing(
    page: Page, order: tuple[int, str, str], seen: Seen
) -> None:
    before = len([sent for sent in seen.sent if b"CERTIFICATE REQUEST" in sent])
    fill(page, "", "")
    expect(page.get_by_text("Digite as duas partes do código")).to_be_visible()
    fill(page, *order[1:], password="curta")
    expect(page.get_by_text("A senha deve ter de 8 a 64 caracteres")).to_be_visible()
    fill(page, *order[1:], password="senha comprida é")
    expect(page.get_by_text("A senha deve ter de 8 a 64 caracteres")).to_be_visible()
    fill(page, *order[1:], again=PASSWORD + "!")
    expect(page.get_by_text("As duas senhas são diferentes")).to_be_visible()
    assert len([sent for sent in seen.sent if b"CERTIFICATE REQUEST" in sent]) == before
    fill(page, order[1], "AAAA-AAAA")
    expect(page.locator("[data-say=server]")).to_be_visible(timeout=60_000)
    fill(page, *order[1:])
    expect(page.get_by_text("Sua chave está guardada neste navegador, protegida")).to_be_visible(
        timeout=60_000
    )


def test_two_tabs_lose_no_key(
    portal: Portal, page: Page, context: BrowserContext, order: tuple[int, str, str]
) -> None:
    other = opened(context, order)
    fill(page, *order[1:])
    fill(other, *order[1:])
    for tab in (page, other):
        expect(tab.get_by_text("Sua chave está guardada neste navegador, protegida")).to_be_visible(
            timeout=60_000
        )
    issue(portal, order)
    page.reload()
    page.locator("#emissao-abrir").fill(PASSWORD)
    key_in(downloaded(page, "Baixar o certificado"))


def test_another_browser_says_where_the_key_is(page: Page, order: tuple[int, str, str]) -> None:
    fill(page, *order[1:])
    expect(page.get_by_text("Sua chave está guardada neste navegador, protegida")).to_be_visible(
        timeout=60_000
    )
    page.evaluate("indexedDB.deleteDatabase('balcao-emissao')")
    page.reload()
    expect(page.get_by_text("não está neste navegador")).to_be_visible()
