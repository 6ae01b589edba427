"""The entrance's two pages: what they answer to each certificate."""

import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.test.utils import override_settings
from django.utils import timezone

from certificates import demo
from certificates.entrance.door import settings as door_settings
from certificates.entrance.door import views as door
from certificates.entrance.door.peer import Peer
from certificates.entrance.models import Ticket
from certificates.entrance.services import hashed, redeem_ticket
from certificates.trust.verdict import Fault
from portal.accounts import limits
from portal.audit.models import AuditEvent
from portal.outbox.models import Entry
from tests.certificates import pki

pytestmark = pytest.mark.django_db
NONCE = "n" * 43
ENTER = f"/entrar/?n={hashed(NONCE)}"


class Door:
    """A connection to the entrance over which ``shows`` was shown."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.browser = Client()
        self.shows: Peer | None = None
        monkeypatch.setattr(door, "peer_of", lambda _request: self.shows)

    def ask(self, path: str = ENTER, der: bytes | None = None, *, proven: bool = True, **more):
        self.shows = Peer(der, proven) if der else None
        return self.browser.get(path, **more)


@pytest.fixture
def at(monkeypatch, settings) -> Iterator[Door]:
    settings.DEMO = True
    settings.CERTIFICATE_ENTRANCE_URL = "https://certificado.exemplo.com.br"
    settings.BASE_URL = "https://portal.exemplo.com.br"
    with override_settings(**door_settings.overrides()):
        yield Door(monkeypatch)


def cer(slug: str) -> bytes:
    return demo.one(slug).public_path.read_bytes()


def reasons(response) -> list[str]:
    return re.findall(r'data-reason="(\w+)"', response.content.decode())


def test_a_sound_certificate_is_sent_back_with_a_ticket(at):
    response = at.ask(der=cer("e-cnpj"))
    address = urlsplit(response.url)
    assert response.status_code == 302
    assert f"{address.scheme}://{address.netloc}" == "https://portal.exemplo.com.br"
    [ticket] = parse_qs(address.query)["bilhete"]
    identity = redeem_ticket(ticket, nonce=NONCE, at=timezone.now())
    card = demo.one("e-cnpj")
    assert (identity.cnpj, identity.cpf) == (card.cnpj, card.cpf)
    assert identity.company_name
    assert identity.name != identity.company_name
    assert not response.cookies


@pytest.mark.parametrize(
    ("slug", "reason"),
    [("vencido", "expired"), ("revogado", "revoked"), ("selo", "seal")],
)
def test_an_unsound_certificate_gets_its_reason_and_no_ticket(at, slug, reason):
    response = at.ask(der=cer(slug))
    assert (response.status_code, reasons(response)) == (403, [reason])
    assert not Ticket.objects.exists()
    event = AuditEvent.objects.get(action="entrance.refused")
    assert demo.one(slug).cpf not in str(event.data)


def test_what_tls_did_not_prove_opens_nothing_however_sound_it_looks(at):
    response = at.ask(der=cer("e-cpf"), proven=False)
    assert (response.status_code, reasons(response)) == (403, ["unknown_authority"])
    assert not Ticket.objects.exists()


def test_the_demonstration_s_certificates_open_nothing_elsewhere(at, settings):
    der = cer("e-cpf")
    settings.DEMO = False
    response = at.ask(der=der)
    assert response.status_code == 403
    assert reasons(response)[0] == "demonstration"


@pytest.mark.parametrize("path", ["/entrar/", "/entrar/?n=", "/entrar/?n=" + "g" * 64, ENTER + "0"])
def test_without_a_login_begun_in_the_portal_no_ticket_is_made(at, path):
    response = at.ask(path, cer("e-cpf"))
    assert response.status_code == 400
    assert "https://portal.exemplo.com.br/entrar/certificado/" in response.content.decode()
    assert not Ticket.objects.exists()


def test_somebody_without_a_certificate_is_told_what_to_do(at):
    response = at.ask()
    assert (response.status_code, reasons(response)) == (403, ["not_sent"])


def test_only_get_is_answered(at):
    at.shows = Peer(cer("e-cpf"), proven=True)
    for method in (at.browser.post, at.browser.head, at.browser.put):
        assert method(ENTER).status_code == 405
    assert not Ticket.objects.exists()


@pytest.fixture
def unasked(at, settings, tmp_path):
    """A sound e-CPF whose authority's list nobody has fetched yet."""
    settings.DEMO = False
    root = pki.an_authority()
    issuer = pki.an_authority("AC de Teste", issuer=root)
    for name, made in (("ROOTS", root), ("INTERMEDIATES", issuer)):
        (tmp_path / name).write_bytes(made.pem)
        setattr(settings, f"TRUST_{name}_FILE", str(tmp_path / name))
    return pki.a_person(issuer, lists="http://listas.exemplo.com.br/ac.crl")


def test_a_revocation_that_is_not_known_yet_is_asked_for_and_waited_for(at, unasked):
    response = at.ask(der=unasked.der)
    page = response.content.decode()
    assert response.status_code == 200
    assert not Ticket.objects.exists()
    assert Entry.objects.filter(name="trust.check").count() == 1
    [again] = re.findall(r'http-equiv="refresh" content="2; url=([^"]+)"', page)
    assert at.ask(again.replace("&amp;", "&"), unasked.der).status_code == 200


def test_the_wait_for_a_revocation_ends_and_the_login_fails_closed(at, unasked, monkeypatch):
    began = int(time.time())
    monkeypatch.setattr("certificates.entrance.door.views.time.time", lambda: began + 19.9)
    assert at.ask(f"{ENTER}&desde={began}", unasked.der).status_code == 200
    monkeypatch.setattr("certificates.entrance.door.views.time.time", lambda: began + 20.1)
    response = at.ask(f"{ENTER}&desde={began}", unasked.der)
    assert (response.status_code, reasons(response)) == (403, ["revocation_unknown"])
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("since", ["-5", "9" * 30, "abc", "²", "99999999999"])
def test_a_made_up_beginning_of_the_wait_harms_nobody(at, unasked, since):
    assert at.ask(f"{ENTER}&desde={since}", unasked.der).status_code in {200, 403}
    assert not Ticket.objects.exists()


def test_the_self_test_shows_whom_the_certificate_names_and_keeps_nothing(at):
    card = demo.one("e-cnpj")
    response = at.ask("/teste/", cer("e-cnpj"))
    page = response.content.decode()
    assert (response.status_code, reasons(response)) == (200, ["ok"])
    assert card.cpf not in page
    assert f"***.{card.cpf[3:6]}.{card.cpf[6:9]}-**" in page
    assert "39.485.720/0001-20" in page
    assert "AC de Demonstração" in page
    assert not Ticket.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("slug", ["e-cpf", "vencido", "revogado"])
def test_no_page_shows_a_whole_cpf(at, slug):
    for path in (ENTER, "/teste/"):
        assert demo.one(slug).cpf not in at.ask(path, cer(slug)).content.decode()


def test_every_fault_is_explained_with_something_to_do(at):
    from certificates.entrance.explanations import explain

    found = explain(Fault, None)
    assert [e.code for e in found] == [f.value for f in Fault]
    assert all(e.steps and str(e.title) for e in found)


def test_too_many_requests_of_one_address_wait(at, monkeypatch):
    monkeypatch.setattr("portal.accounts.limits.limited", lambda *_: True)
    response = at.ask(der=cer("e-cpf"))
    assert response.status_code == 429
    assert not Ticket.objects.exists()


def test_requests_are_counted_by_address(at, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "certificate-entrance", limits.Limit(1, 3600))
    assert at.ask("/teste/").status_code == 200
    assert at.ask("/teste/").status_code == 429


def test_a_login_makes_few_queries(at, django_assert_max_num_queries):
    at.ask(der=cer("e-cpf"))
    with django_assert_max_num_queries(8):
        assert at.ask(der=cer("e-cpf")).status_code == 302


def test_a_page_that_does_not_exist_and_one_that_fails_say_so(at, monkeypatch):
    assert at.ask("/painel/").status_code == 404
    at.browser.raise_request_exception = False

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(door, "examine_for_login", fail)
    response = at.ask(der=cer("e-cpf"))
    assert response.status_code == 500
    assert "https://portal.exemplo.com.br/" in response.content.decode()
