"""Fetching what certificates name: public addresses only, bounded in size, time and redirects."""

import socket
import ssl
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certificates.trust.fetching import FetchFailed, HTTPRequest, fetch
from portal.fetching import is_public
from tests.certificates import pki, web


@pytest.fixture
def server(settings):
    made = web.Web()
    settings.TRUST_PRIVATE_HOSTS = [made.host]
    settings.TRUST_FETCH_SECONDS = 600
    yield made
    made.stop()


def test_what_is_there_is_fetched(server):
    server.pages["/a.crl"] = b"abc"
    assert fetch(server.url("/a.crl"), max_bytes=3) == b"abc"


def test_a_question_is_posted_with_its_type(server):
    def page(handler, body):
        return handler.headers["Content-Type"].encode() + b" " + body

    server.pages["/"] = page
    question = HTTPRequest(body=b"?", content_type="application/ocsp-request")
    assert fetch(server.url(""), max_bytes=99, request=question) == b"application/ocsp-request ?"


def test_no_cookie_and_no_credential_goes_along(server):
    seen = []

    def page(handler, _body):
        seen.append({key.lower() for key in handler.headers})
        return b""

    server.pages["/"] = page
    fetch(server.url("/"), max_bytes=1)
    assert not seen[0] & {"cookie", "authorization", "referer"}


@pytest.mark.parametrize(
    "page", [b"x" * 11, web.endless], ids=["its length is said", "its length is not said"]
)
def test_what_is_too_large_is_not_read(server, page):
    server.pages["/"] = page
    with pytest.raises(FetchFailed, match="10"):
        fetch(server.url("/"), max_bytes=10)


@pytest.mark.parametrize("in_headers", [False, True])
def test_what_drips_is_cut_off(server, in_headers, settings):
    settings.TRUST_FETCH_SECONDS = 1
    server.pages["/"] = web.dripping(in_headers=in_headers)
    with pytest.raises(FetchFailed, match="a tempo"):
        fetch(server.url("/"), max_bytes=10**6)


def test_an_answer_cut_short_is_none(server):
    def page(handler, _body):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nabc")

    server.pages["/"] = page
    with pytest.raises(FetchFailed):
        fetch(server.url("/"), max_bytes=1000)


def test_a_redirect_is_followed_and_too_many_are_not(server):
    server.pages["/a"] = web.redirect("/b")
    server.pages["/b"] = b"here"
    assert fetch(server.url("/a"), max_bytes=10) == b"here"
    server.pages["/loop"] = web.redirect("/loop")
    with pytest.raises(FetchFailed):
        fetch(server.url("/loop"), max_bytes=10)
    assert server.asked.count("/loop") == 4


def test_a_redirect_to_a_private_address_is_refused(server):
    inside = web.Web()
    inside.pages["/"] = b"secret"
    for target in (inside.url("/"), "http://127.0.0.1/", "http://[::1]/", "file:///etc/passwd"):
        server.pages["/"] = web.redirect(target)
        with pytest.raises(FetchFailed):
            fetch(server.url("/"), max_bytes=10)
    assert inside.asked == []
    inside.stop()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/", "http://[::ffff:127.0.0.1]/", "http://0/",
        "http://2130706433/", "http://user:secret@example.com/", "ftp://example.com/",
        "http://example.com:8080/", "http:///x", "ldap://x/", "nada", "http://a b/", "http://x:99999/",
    ],
)  # fmt: skip
def test_what_is_no_public_web_address_is_refused(url, settings):
    settings.TRUST_PRIVATE_HOSTS = []
    with pytest.raises(FetchFailed):
        fetch(url, max_bytes=10)


@pytest.mark.parametrize(
    "text",
    ["10.1.2.3", "127.0.0.1", "169.254.1.1", "192.168.0.1", "172.16.0.1", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
     "2002:a00:1::", "nada"],
)  # fmt: skip
def test_private_addresses_are_known_however_they_are_wrapped(text):
    assert not is_public(text)


@pytest.mark.parametrize("text", ["200.160.2.3", "2001:12ff:0:2::3", "64:ff9b::c8a0:203"])
def test_public_addresses_are_public(text):
    assert is_public(text)


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    def lookup(*_args, **_kwargs):
        return [(socket.AF_INET, 1, 6, "", (a, 80)) for a in ("200.160.2.3", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(FetchFailed, match="público"):
        fetch("http://crl.example.com/", max_bytes=10)


def test_the_name_is_resolved_once_and_the_checked_address_is_used(monkeypatch):
    looked_up, reached = [], []

    def lookup(host, *_args, **_kwargs):
        looked_up.append(host)
        return [(socket.AF_INET, 1, 6, "", ("200.160.2.3", 80))]

    def connect(address, **_kwargs):
        reached.append(address)
        raise OSError("no route")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(FetchFailed):
        fetch("http://crl.example.com/", max_bytes=10)
    assert looked_up == ["crl.example.com"]
    assert reached == [("200.160.2.3", 80)]


def test_an_error_page_is_no_answer(server):
    with pytest.raises(FetchFailed, match="404"):
        fetch(server.url("/missing"), max_bytes=10)


def test_nobody_listening_is_said(settings):
    settings.TRUST_PRIVATE_HOSTS = ["127.0.0.1:9"]
    with pytest.raises(FetchFailed):
        fetch("http://127.0.0.1:9/", max_bytes=10)


def test_a_mirror_named_without_a_port_opens_no_other_port(settings):
    settings.TRUST_PRIVATE_HOSTS = ["127.0.0.1"]
    with pytest.raises(FetchFailed, match="8080"):
        fetch("http://127.0.0.1:8080/", max_bytes=10)


def test_the_next_address_is_tried_when_one_does_not_answer(server, monkeypatch):
    server.pages["/"] = b"ok"
    server_port = server.server_port

    def lookup(*_args, **_kwargs):
        return [(socket.AF_INET, 1, 6, "", (a, server_port)) for a in ("127.0.0.9", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    assert fetch(server.url("/"), max_bytes=10) == b"ok"


@pytest.fixture
def secure(server, tmp_path, monkeypatch):
    """The server behind TLS, with a certificate that we trust."""
    made = pki.make(
        "127.0.0.1",
        extensions=[
            (x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False),
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (pki.key_usage(ca=True, digital_signature=True), True),
            (x509.SubjectKeyIdentifier.from_public_key(pki.a_key().public_key()), False),
        ],
    )
    key = made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "tls.pem").write_bytes(key + made.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    trusting = ssl.create_default_context(cadata=made.pem.decode())
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    return server.url("").replace("http:", "https:")


def test_https_is_spoken_and_cut_off_in_time_too(server, secure, settings):
    server.pages["/a"] = b"ok"
    assert fetch(f"{secure}/a", max_bytes=10) == b"ok"
    settings.TRUST_FETCH_SECONDS = 1
    server.pages["/slow"] = web.dripping()
    with pytest.raises(FetchFailed, match="a tempo"):
        fetch(f"{secure}/slow", max_bytes=10**6)


def test_a_server_that_never_shakes_hands_is_cut_off(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings.TRUST_PRIVATE_HOSTS, settings.TRUST_FETCH_SECONDS = [f"127.0.0.1:{port}"], 1
        with pytest.raises(FetchFailed, match="a tempo"):
            fetch(f"https://127.0.0.1:{port}/", max_bytes=10)
