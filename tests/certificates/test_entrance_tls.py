"""TLS of the embedded entrance: whom it trusts, and whom it stops waiting for."""

import socket
import ssl
import threading
from pathlib import Path

import pytest
from django.db import DatabaseError

from certificates.entrance.door import tls
from tests.certificates import authority


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    root = authority.Authority.root("AC do servidor")
    leaf = root.issue([authority.other_name("1.2.3", b"\x05\x00")], ekus=[authority.SERVER_AUTH])
    (tmp_path / "chain.pem").write_bytes(authority.pem(leaf))
    (tmp_path / "key.pem").write_bytes(authority.pem_key())
    return tmp_path / "chain.pem", tmp_path / "key.pem"


def test_only_the_bundle_is_trusted_and_never_the_machine_s_authorities(files: tuple[Path, Path]):
    root = authority.Authority.root("AC Raiz")
    context = tls.make_context(*files, authority.pem(root.certificate))
    assert len(context.get_ca_certs()) == 1
    assert tls.make_context(*files, b"").get_ca_certs() == []
    assert context.verify_mode == ssl.CERT_OPTIONAL
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_silent_client_is_given_up_and_its_thread_is_free(files: tuple[Path, Path], monkeypatch):
    monkeypatch.setattr(tls, "PATIENCE_SECONDS", 0.2)
    ours, theirs = socket.socketpair()
    line = tls.make_context(*files, b"").wrap_socket(
        ours, server_side=True, do_handshake_on_connect=False
    )
    theirs.sendall(b"\x16\x03\x01")
    with pytest.raises(ssl.SSLEOFError):
        line.do_handshake()
    for end in (line, theirs):
        end.close()


def test_a_connection_without_a_request_ends_like_one_that_was_closed(
    files: tuple[Path, Path], monkeypatch
):
    monkeypatch.setattr(tls, "PATIENCE_SECONDS", 600)
    ours, theirs = socket.socketpair()
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    line = tls.make_context(*files, b"").wrap_socket(
        ours, server_side=True, do_handshake_on_connect=False
    )
    server = threading.Thread(target=line.do_handshake)
    server.start()
    with client.wrap_socket(theirs):
        server.join()
        assert line.gettimeout() == 600
        line.settimeout(0.1)
        assert line.recv(100) == b""
    line.close()


def test_authorities_are_read_again_after_a_while_and_kept_when_that_fails(
    files: tuple[Path, Path], monkeypatch, settings
):
    settings.ENTRANCE_TLS_CERT, settings.ENTRANCE_TLS_KEY = map(str, files)
    bundles = [authority.pem(authority.Authority.root("AC Raiz").certificate), b""]
    monkeypatch.setattr(tls, "close_old_connections", lambda: None)
    monkeypatch.setattr(tls, "trusted_bundle_pem", lambda: bundles.pop(0))
    kept = tls.Contexts(fresh_seconds=1000)
    first = kept.current()
    assert kept.current() is first
    eager = tls.Contexts(fresh_seconds=-1)
    second = eager.current()
    assert second.get_ca_certs() == []

    def fail() -> bytes:
        raise DatabaseError

    monkeypatch.setattr(tls, "trusted_bundle_pem", fail)
    assert eager.current() is second
    with pytest.raises(DatabaseError):
        tls.Contexts().current()


def test_without_a_certificate_of_its_own_there_is_no_entrance(settings):
    settings.DEMO, settings.ENTRANCE_TLS_CERT = False, ""
    with pytest.raises(FileNotFoundError, match="ENTRANCE_TLS_CERT"):
        tls.server_files()
