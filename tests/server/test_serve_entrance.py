"""script/server and the certificate entrance: when it starts, where, and what is said of it."""

import os
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from django.conf import settings

from tests.certificates import authority
from tests.racing import PATIENCE_SECONDS
from tests.server.stack import Stack

sys.path.insert(0, str(settings.BASE_DIR / "script"))
import serve

pytestmark = pytest.mark.server(desk="certificates")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An operator's root, and TLS of the entrance."""
    folder = tmp_path_factory.mktemp("own")
    root = authority.Authority.root("AC Raiz do operador")
    key = authority.a_key("entrance")
    leaf = root.issue([x509.DNSName("localhost")], key=key, ekus=[authority.SERVER_AUTH])
    (folder / "roots.pem").write_bytes(authority.pem(root.certificate))
    (folder / "door.pem").write_bytes(authority.pem_key(key) + authority.pem(leaf))
    return {
        "TRUST_ROOTS_FILE": str(folder / "roots.pem"),
        "ENTRANCE_TLS_CERT": str(folder / "door.pem"),
    }


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, own: dict[str, str], prepared_var: Path
) -> Iterator[Stack]:
    running = Stack(tmp_path_factory.mktemp("serve") / "var", more=own, like=prepared_var)
    try:
        running.until_ready()
        yield running
    finally:
        running.end()


def _is_greeted(stack: Stack) -> bool:
    """Whether somebody at the entrance's port shows the operator's certificate."""
    context = ssl.create_default_context(cafile=stack.env["TRUST_ROOTS_FILE"])
    port = int(stack.env["CERTIFICATE_PORT"])
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as line,
        ):
            line.sendall(
                b"GET /saude/vivo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            return line.recv(12) == b"HTTP/1.1 200"
    except OSError:
        return False


def test_the_entrance_starts_with_the_portal_and_its_address_is_said(stack: Stack) -> None:
    assert f"https://127.0.0.1:{stack.env['CERTIFICATE_PORT']}" in stack.said()
    assert _is_greeted(stack)
    page = stack.get("/entrar/")[1]
    assert "/entrar/certificado/" in page
    assert (
        f"https://127.0.0.1:{stack.env['CERTIFICATE_PORT']}/teste/"
        in (stack.get("/certificado-digital/testar/")[1])
    )


def test_a_killed_entrance_is_started_again(stack: Stack) -> None:
    door = stack.child("gunicorn_entrance")
    os.kill(door, signal.SIGKILL)
    stack.until(lambda: stack.child("gunicorn_entrance") not in {0, door}, "a new entrance")
    stack.until(lambda: _is_greeted(stack), "its answer")


def test_a_taken_port_of_the_entrance_is_named_with_the_way_out(
    tmp_path: Path, own: dict[str, str], stack: Stack
) -> None:
    taken = stack.env["CERTIFICATE_PORT"]
    second = Stack(tmp_path / "var", more={**own, "CERTIFICATE_PORT": taken})
    assert second.ended() == 1
    assert f"Port {taken} cannot be used" in second.said()
    assert f"CERTIFICATE_PORT={int(taken) + 1} script/server" in second.said()


def _environment(**given: str) -> dict[str, str]:
    return serve.environment({"VAR_DIR": "/nowhere", **given})


def test_the_entrance_s_port_follows_the_portal_s() -> None:
    assert _environment()["CERTIFICATE_PORT"] == "8443"
    assert _environment(PORT="9000")["CERTIFICATE_PORT"] == "9443"
    assert int(_environment(PORT="65535")["CERTIFICATE_PORT"]) < 2**16
    assert _environment(PORT="9000", CERTIFICATE_PORT="444")["ENTRANCE_BIND"] == "127.0.0.1:444"
    with pytest.raises(SystemExit, match="CERTIFICATE_PORT must be a number"):
        _environment(CERTIFICATE_PORT="x")


def test_the_entrance_answers_under_the_portal_s_own_name() -> None:
    """Cookies and certificates are a host's: both servers must be known by one name."""
    env = _environment(DEMO="1", BASE_URL="http://localhost:8000")
    assert env["CERTIFICATE_ENTRANCE_URL"] == "https://localhost:8443"


def test_without_authorities_to_trust_there_is_no_entrance() -> None:
    assert "CERTIFICATE_ENTRANCE_URL" not in _environment(DEMO="0")
    assert not serve.has_entrance(_environment(DEMO="0", TRUST_ROOTS_FILE="roots.pem"))
    assert serve.has_entrance(_environment(DEMO="1"))
