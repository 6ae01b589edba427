"""The portal's side of a login with a certificate: the way there, the way back, the self-test."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from certificates import demo
from certificates.entrance.models import Ticket
from certificates.entrance.services import issue_ticket
from portal.accounts.models import User
from portal.accounts.opening import CertificateIdentity, Means
from portal.audit.models import AuditEvent
from tests.certificates import authority
from tests.factories import a_cpf

pytestmark = pytest.mark.django_db
START, GO, BACK = "/entrar/certificado/", "/entrar/certificado/ir/", "/entrar/certificado/volta/"
TEST = "/certificado-digital/testar/"


@pytest.fixture(autouse=True)
def _entrance(settings):
    settings.CERTIFICATE_ENTRANCE_URL = "https://certificado.exemplo.com.br"
    settings.BASE_URL = "http://testserver"


@pytest.fixture
def browser() -> Client:
    return Client()


def begin(browser: Client, query: str = "") -> str:
    """The nonce's hash that the entrance gets."""
    response = browser.get(GO + query)
    assert response.status_code == 302
    address = urlsplit(response["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == (
        "https://certificado.exemplo.com.br/entrar/"
    )
    assert set(parse_qs(address.query)) == {"n"}
    return parse_qs(address.query)["n"][0]


def ticket_for(nonce_hash: str, cpf: str = "", **changes) -> str:
    now = timezone.now()
    values: dict[str, Any] = {
        "means": Means.E_CPF, "name": "Nina Rosa", "cpf": cpf or a_cpf(), "email": "", "cnpj": "",
        "company_name": "", "sha256": "a" * 64, "not_after": now + timedelta(days=9),
    } | changes  # fmt: skip
    return issue_ticket(CertificateIdentity(**values), nonce_hash=nonce_hash, at=now)


def reason(response) -> str:
    found = re.search(r'data-reason="(\w+)"', response.content.decode())
    return found[1] if found else ""


def test_the_login_page_offers_the_certificate_where_there_is_an_entrance(browser, settings):
    assert START in browser.get("/entrar/").content.decode()
    assert f"{START}?next=/faturas/" in browser.get("/entrar/?next=/faturas/").content.decode()
    settings.CERTIFICATE_ENTRANCE_URL = ""
    assert START not in browser.get("/entrar/").content.decode()


def test_without_an_entrance_the_pages_say_so(browser, settings):
    settings.CERTIFICATE_ENTRANCE_URL = ""
    for path in (START, GO):
        response = browser.get(path)
        assert response.status_code == 404
        assert "/entrar/" in response.content.decode()
        assert "certificado" not in response.cookies
    assert browser.get(TEST).status_code == 200


def test_the_start_page_leads_to_the_entrance_by_the_portal_s_own_name(browser, settings):
    settings.BASE_URL = "http://127.0.0.1:8000"
    page = browser.get(f"{START}?next=/faturas/").content.decode()
    assert 'href="http://127.0.0.1:8000/entrar/certificado/ir/?next=%2Ffaturas%2F"' in page


def test_the_entrance_gets_the_nonce_s_hash_and_the_browser_the_nonce(browser):
    nonce_hash = begin(browser)
    assert nonce_hash not in browser.cookies["certificado"].value
    assert re.fullmatch("[0-9a-f]{64}", nonce_hash)


def test_a_ticket_opens_a_session_and_the_cookie_goes(browser):
    cpf = a_cpf()
    response = browser.get(BACK, {"bilhete": ticket_for(begin(browser), cpf)})
    assert response.status_code == 302
    assert response.cookies["certificado"].value == ""
    assert int(browser.session["_auth_user_id"]) == User.objects.get(cpf=cpf).pk


def test_the_wanted_page_comes_after_the_login(browser):
    nonce_hash = begin(browser, "?next=/faturas/")
    response = browser.get(BACK, {"bilhete": ticket_for(nonce_hash)})
    assert "faturas" in response.url


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example"],
)
def test_nobody_is_sent_to_another_site(browser, target):
    assert "evil" not in browser.get(START, {"next": target}).content.decode()
    response = browser.get(GO, {"next": target})
    nonce_hash = parse_qs(urlsplit(response.url).query)["n"][0]
    response = browser.get(BACK, {"bilhete": ticket_for(nonce_hash)})
    assert "evil" not in response.url
    assert "javascript" not in response.url


def test_a_ticket_works_once_even_in_the_same_browser(browser):
    nonce_hash = begin(browser)
    held = browser.cookies["certificado"].value
    ticket = ticket_for(nonce_hash)
    browser.get(BACK, {"bilhete": ticket})
    stranger = Client()
    stranger.cookies["certificado"] = held
    response = stranger.get(BACK, {"bilhete": ticket})
    assert (response.status_code, reason(response)) == (403, "used")
    assert "_auth_user_id" not in stranger.session


def test_somebody_else_s_ticket_signs_nobody_in(browser):
    """Login CSRF: an attacker makes the victim's browser open the attacker's ticket."""
    attacker = Client()
    ticket = ticket_for(begin(attacker))
    response = browser.get(BACK, {"bilhete": ticket})
    assert (response.status_code, reason(response)) == (403, "no_cookie")
    begin(browser)
    response = browser.get(BACK, {"bilhete": ticket})
    assert (response.status_code, reason(response)) == (403, "other_browser")
    assert "_auth_user_id" not in browser.session
    assert "certificado" in browser.cookies  # the victim's own login goes on


def test_a_late_ticket_signs_nobody_in(browser):
    ticket = ticket_for(begin(browser))
    past = timezone.now() - timedelta(minutes=2)
    Ticket.objects.update(created_at=past, expires_at=past + timedelta(minutes=1))
    response = browser.get(BACK, {"bilhete": ticket})
    assert (response.status_code, reason(response)) == (403, "late")


def test_a_refused_ticket_is_audited_without_its_secrets(browser):
    begin(browser)
    browser.get(BACK, {"bilhete": "x" * 43})
    event = AuditEvent.objects.get(action="entrance.ticket_refused")
    assert event.data == {"problem": "unknown"}


def test_the_way_back_is_a_get_and_a_limited_one(browser, monkeypatch):
    assert browser.post(BACK).status_code == 405
    assert browser.head(BACK).status_code == 405
    monkeypatch.setattr("portal.accounts.limits.limited", lambda *_: True)
    assert browser.get(BACK).status_code == 429
    assert browser.get(GO).status_code == 429
    assert browser.post(TEST).status_code == 429


def test_who_is_signed_in_already_becomes_the_certificate_s_person(browser, cast):
    browser.force_login(cast.ana)
    before = browser.session.session_key
    assert cast.ana.name in browser.get(START).content.decode()
    browser.get(BACK, {"bilhete": ticket_for(begin(browser), cast.bruno.cpf)})
    assert int(browser.session["_auth_user_id"]) == cast.bruno.pk
    assert browser.session.session_key != before


@pytest.mark.parametrize("proxy", [True, False])
def test_headers_about_certificates_mean_nothing_to_the_portal(browser, settings, proxy):
    settings.DEMO, settings.ENTRANCE_PROXY = True, proxy
    pem = demo.one("e-cpf").public_path.read_bytes().hex()
    headers = {"X-Certificate": pem, "X-Certificate-Verify": "SUCCESS"}
    for path in (START, GO, BACK, TEST, "/painel/"):
        response = browser.get(path, headers=headers)
        assert b"SOUZA" not in response.content
    assert "_auth_user_id" not in browser.session


def send(browser: Client, data: bytes, name: str = "eu.cer"):
    return browser.post(TEST, {"file": SimpleUploadedFile(name, data)})


@pytest.mark.parametrize(
    ("slug", "expected"),
    [("e-cpf", "ok"), ("e-cnpj", "ok"), ("vencido", "expired"), ("revogado", "revoked"),
     ("selo", "seal")],
)  # fmt: skip
def test_a_certificate_s_file_is_judged(browser, settings, slug, expected):
    settings.DEMO = True
    response = send(browser, demo.one(slug).public_path.read_bytes())
    assert (response.status_code, reason(response)) == (200, expected)
    assert demo.one(slug).cpf not in response.content.decode()


def test_an_unknown_authority_is_told_for_a_file_which_a_browser_cannot_send(browser):
    made = authority.Authority.root("AC de outro lugar").issue()
    assert reason(send(browser, authority.pem(made), "eu.pem")) == "unknown_authority"
    assert not AuditEvent.objects.exists()


def test_a_server_s_certificate_is_told_as_one(browser):
    made = authority.Authority.root("AC").issue(
        names=[x509.DNSName("www.exemplo.com.br")], ekus=[authority.SERVER_AUTH]
    )
    assert reason(send(browser, authority.der(made))) == "server_certificate"


def test_a_file_with_a_private_key_is_refused_with_a_warning(browser, settings):
    settings.DEMO = True
    pfx = demo.one("e-cpf").path.read_bytes()
    made = authority.Authority.root("AC").issue().public_bytes(Encoding.PEM)
    for data, name in ((pfx, "eu.pfx"), (pfx, "eu.cer"), (authority.pem_key() + made, "eu.pem")):
        page = send(browser, data, name).content.decode()
        assert "chave privada" in page
        assert "data-reason" not in page


@pytest.mark.parametrize("data", [b"", b"hello", b"\x30\x82\xff\xff", b"x" * 70_000])
def test_what_is_no_certificate_is_said_to_be_none(browser, data):
    response = send(browser, data)
    assert response.status_code == 200
    assert "field-error" in response.content.decode()
