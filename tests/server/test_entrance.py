"""Login with a certificate through the real servers: TLS, the ticket, the session, and what fails."""

import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.racing import PATIENCE_SECONDS, wait_until
from tests.server.entrance import DOOR, World, path_of, running

pytestmark = pytest.mark.server(desk="certificates")

TESTED = "/teste/"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, peopled_var: Path) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("entrance"), peopled_var) as made:
        made.start(*DOOR)
        wait_until(lambda: _door_answers(made), "the entrance", state=made.said)
        yield made


def _door_answers(world: World) -> bool:
    try:
        return world.at_door("/saude/vivo").status == 200
    except OSError:
        return False


def test_an_e_cnpj_opens_a_session_with_its_company_s_units(world: World) -> None:
    back, cookies = world.ticket(world.pem_of("e-cnpj"))
    entered = world.portal(back, cookies)
    assert entered.status == 302, entered.body
    assert entered.cookies["certificado"]["max-age"] == "0"
    session = entered.cookies["sessao"]
    assert session["httponly"]
    choice = world.portal(entered.location, entered.cookies)
    assert "Filial 1" in choice.body
    assert "Filial 2" in choice.body


def test_an_e_cpf_opens_a_session_for_a_person_whom_nobody_registered(world: World) -> None:
    back, cookies = world.ticket(world.pem_of("e-cpf-novo"))
    entered = world.portal(back, cookies)
    assert entered.status == 302
    page = world.portal("/painel/", entered.cookies)
    assert (page.status, "MARCOS" in page.body.upper()) == (200, True)


def test_the_person_comes_to_the_page_they_wanted(world: World) -> None:
    path, cookies = world.begin("/faturas/")
    entered = world.portal(path_of(world.at_door(path, world.pem_of("e-cpf")).location), cookies)
    assert "faturas" in entered.location


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("vencido", "expired"),
        ("revogado", "revoked"),
        ("selo", "seal"),
        ("servidor-e-cliente", "server_certificate"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said_in_plain_words(
    world: World, slug: str, reason: str
) -> None:
    path, _ = world.begin()
    for asked, status in ((path, 403), (TESTED, 200)):
        answer = world.at_door(asked, world.pem_of(slug))
        assert (answer.status, answer.reason) == (status, reason)
        assert "location" not in answer.headers


def test_somebody_without_a_certificate_is_told_so(world: World) -> None:
    path, _ = world.begin()
    answer = world.at_door(path)
    assert (answer.status, answer.reason) == (403, "not_sent")
    assert world.at_door(TESTED).reason == "not_sent"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_of_an_unknown_authority_does_not_pass_the_handshake(
    world: World, version: ssl.TLSVersion
) -> None:
    context = world.tls(world.stranger(), maximum_version=version, minimum_version=version)
    path, _ = world.begin()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        world.at_door(path, context=context)


def test_a_server_s_own_certificate_does_not_pass_the_handshake(world: World) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        world.at_door(TESTED, world.pem_of("so-servidor"))


def test_a_certificate_without_its_key_is_not_a_login(world: World) -> None:
    """Anybody has the certificate of a person who ever signed: what counts is the key."""
    public = (world.people / "e-cpf.cer").read_bytes()
    spoofed = {
        "X-Certificate": _escaped(public), "X-Certificate-Verify": "SUCCESS",
        "X_Certificate": _escaped(public), "X_Certificate_Verify": "SUCCESS",
        "X-SSL-Client-Cert": _escaped(public), "SSL-Client-Verify": "SUCCESS",
    }  # fmt: skip
    path, _ = world.begin()
    answer = world.at_door(path, headers=spoofed)
    assert (answer.status, answer.reason) == (403, "not_sent")
    assert world.at_door(TESTED, headers=spoofed).reason == "not_sent"


def test_the_portal_itself_reads_no_certificate_from_a_header(world: World) -> None:
    public = _escaped((world.people / "e-cpf.cer").read_bytes())
    spoofed = {"X-Certificate": public, "X-Certificate-Verify": "SUCCESS"}
    _, cookies = world.begin()
    for path in ("/painel/", "/entrar/certificado/", "/entrar/certificado/volta/?bilhete=x"):
        answer = world.portal(path, cookies, headers=spoofed)
        assert "sessao" not in answer.cookies
        assert "Sair" not in answer.body


def test_a_ticket_works_once(world: World) -> None:
    back, cookies = world.ticket(world.pem_of("e-cpf"))
    assert world.portal(back, cookies).status == 302
    again = world.portal(back, cookies)
    assert (again.status, again.reason) == (403, "used")
    assert "sessao" not in again.cookies


def test_a_ticket_opens_nothing_in_another_browser(world: World) -> None:
    back, cookies = world.ticket(world.pem_of("e-cpf"))
    _, theirs = world.begin()
    stolen = world.portal(back, theirs)
    assert (stolen.status, stolen.reason) == (403, "other_browser")
    without = world.portal(back)
    assert (without.status, without.reason) == (403, "no_cookie")
    assert "sessao" not in stolen.cookies | without.cookies
    assert world.portal(back, cookies).status == 302  # and the owner's still works


def test_a_late_ticket_opens_nothing(world: World) -> None:
    back, cookies = world.ticket(world.pem_of("e-cpf"))
    world.shell(
        "from datetime import timedelta\nfrom certificates.entrance.models import Ticket\n"
        "from django.db.models import F\nTicket.objects.filter(used_at=None).update("
        "created_at=F('created_at') - timedelta(seconds=61),"
        "expires_at=F('expires_at') - timedelta(seconds=61))"
    )
    late = world.portal(back, cookies)
    assert (late.status, late.reason) == (403, "late")


def test_a_made_up_ticket_opens_nothing(world: World) -> None:
    _, cookies = world.begin()
    answer = world.portal("/entrar/certificado/volta/?bilhete=" + "x" * 43, cookies)
    assert (answer.status, answer.reason) == (403, "unknown")


def test_who_signs_in_gets_a_new_session(world: World) -> None:
    """What an attacker knew of the session before the login is worth nothing after it."""
    back, cookies = world.ticket(world.pem_of("e-cpf"))
    first = world.portal(back, cookies).cookies
    back, cookies = world.ticket(world.pem_of("e-cpf"))
    cookies["sessao"] = first["sessao"].value
    second = world.portal(back, cookies).cookies
    assert second["sessao"].value != first["sessao"].value


def test_the_entrance_sets_no_cookie_and_knows_no_other_page(world: World) -> None:
    path, _ = world.begin()
    who = world.pem_of("e-cpf")
    for asked, status in {
        path: 302, TESTED: 200, "/entrar/": 400, "/entrar/?n=abc": 400, "/": 404, "/admin/": 404,
        "/painel/": 404, "/entrar/certificado/": 404,
    }.items():  # fmt: skip
        answer = world.at_door(asked, who)
        assert (asked, answer.status) == (asked, status)
        assert not answer.cookies
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        if asked in {path, TESTED}:
            assert "no-store" in answer.headers["cache-control"]


def test_the_style_sheet_loads_at_the_entrance(world: World) -> None:
    page = world.at_door(TESTED).body
    sheets = re.findall(r'rel="stylesheet" href="([^"]+)"', page)
    assert len(sheets) == 2
    for sheet in sheets:
        assert world.at_door(sheet).status == 200


def test_a_resumed_connection_still_shows_its_own_certificate(world: World) -> None:
    """Parallel connections of a browser spare the token; nobody becomes somebody else by it."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for slug, name in (("e-cpf", "ANA SOUZA"), ("e-cnpj", "AURORA")):
            context = world.tls(
                world.pem_of(slug), minimum_version=version, maximum_version=version
            )
            first, session = _page_and_session(world, context, None)
            second, resumed = _page_and_session(world, context, session)
            assert resumed is not None
            assert name in first
            assert name in second


def _page_and_session(
    world: World, context: ssl.SSLContext, session: ssl.SSLSession | None
) -> tuple[str, ssl.SSLSession | None]:
    with (
        socket.create_connection(("127.0.0.1", world.door_port), timeout=PATIENCE_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as line,
    ):
        line.sendall(b"GET /teste/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        parts = []
        while part := line.recv(65536):
            parts.append(part)
        assert bool(session) == bool(line.session_reused)
        return b"".join(parts).decode(), line.session


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_not_spoken(world: World) -> None:
    done = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    done.check_hostname, done.verify_mode = False, ssl.CERT_NONE
    done.set_ciphers("ALL:@SECLEVEL=0")
    done.minimum_version = done.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        world.at_door(TESTED, context=done)


def test_no_log_holds_a_cpf_a_ticket_or_a_certificate(world: World) -> None:
    back, cookies = world.ticket(world.pem_of("e-cpf"))
    for _time in range(2):  # the second is refused
        world.portal(back, cookies)
    path, _ = world.begin()
    world.at_door(path, world.pem_of("vencido"))
    said = world.said()
    assert back.rpartition("=")[2] not in said
    assert "31860492703" not in said
    encoded = world.pem_of("vencido").read_text().partition("BEGIN CERTIFICATE-----")[2].split()[0]
    assert len(encoded) == 64
    assert encoded not in said
    audit = world.shell(
        "from portal.audit.models import AuditEvent\n"
        "for event in AuditEvent.objects.all(): print(event.action, event.target, event.data)"
    )
    assert "entrance.ticket_refused" in audit
    assert "entrance.refused" in audit
    assert "31860492703" not in audit
    assert back.rpartition("=")[2] not in audit


def _escaped(der: bytes) -> str:
    return quote(ssl.DER_cert_to_PEM_cert(der), safe="")
