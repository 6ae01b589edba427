"""deploy/nginx.conf in a real nginx, in front of a stand-in for gunicorn."""

import contextlib
import http.client
import re
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.urls import get_resolver

from portal.bodies import OVERHEAD
from tests.racing import PATIENCE_SECONDS, wait_until
from tests.server.nginx import configure, serving
from tests.server.stack import free_port

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed"),
]

MEBIBYTE = 1024**2


class StandIn(BaseHTTPRequestHandler):
    """Answers as the portal would where nginx has a part in it."""

    seen: list[tuple[str, str, dict[str, str]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
        body = b"portal"
        self.send_response(self._status())
        if self.path == "/documentos/1/abrir/":
            body = b""
            self.send_header("X-Accel-Redirect", "/privado/invoices/aa/fatura%20um.pdf")
            self.send_header("Content-Disposition", 'inline; filename="Fatura.pdf"')
            self.send_header("Content-Security-Policy", "sandbox")
            self.send_header("Cache-Control", "private, no-store")
            self.send_header("X-Content-SHA256", "abc")
        if self.path == "/documentos/perdido/":
            self.send_header("X-Accel-Redirect", "/privado/invoices/aa/perdido.pdf")
        self.send_header("Content-Type", "application/pdf" if not body else "text/html")
        self.send_header("Strict-Transport-Security", "max-age=31536000")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _status(self) -> int:
        if self.path == "/equipe/envio-permitido/":
            return 204 if "staff" in self.headers.get("Cookie", "") else 403
        return 413 if "arquivo-grande" in self.path else 200

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def log_message(self, *_: object) -> None: ...


@dataclass
class Nginx:
    port: int
    plain: int
    folder: Path
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPSConnection(
            "localhost", self.port, context=self.context, timeout=PATIENCE_SECONDS
        )
        with contextlib.closing(line):
            line.request(method, path, body=body or None, headers=headers or {})
            answer = line.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def ask_plainly(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """What port 80 answers."""
        line = http.client.HTTPConnection("localhost", self.plain, timeout=PATIENCE_SECONDS)
        with contextlib.closing(line):
            line.request("GET", path, headers=headers or {})
            answer = line.getresponse()
            answer.read()
            return answer


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _configure(folder: Path, port: int, plain: int, upstream: int) -> Path:
    return configure(folder, "nginx.conf", {
        r"listen 80;": f"listen 127.0.0.1:{plain};",
        r"listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        r"server 127\.0\.0\.1:8000;": f"server 127.0.0.1:{upstream};",
        r"/etc/letsencrypt/live/portal\.example\.com\.br": str(folder),
        r"portal\.example\.com\.br": "localhost",
        r"/var/lib/balcao/media/": f"{folder}/media/",
        r"/opt/balcao/collected/": f"{folder}/static/",
        r"proxy_read_timeout \d+s": "proxy_read_timeout 900s",
    })  # fmt: skip


@contextlib.contextmanager
def _serving(folder: Path, upstream: int) -> Iterator[Nginx]:
    for above in (folder, *folder.parents):  # its workers are another user when we are root
        if above.stat().st_mode & 0o005 == 0o005:
            break
        above.chmod(0o755)
    (folder / "media" / "invoices" / "aa").mkdir(parents=True)
    (folder / "media" / "invoices" / "aa" / "fatura um.pdf").write_bytes(b"%PDF-1.7 invoice")
    (folder / "static").mkdir()
    (folder / "static" / "balcao.css").write_text("body{}")
    _certificate(folder)
    running = Nginx(free_port(), free_port(), folder)
    running.context.load_verify_locations(folder / "fullchain.pem")
    with serving(_configure(folder, running.port, running.plain, upstream)):
        yield running


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with ThreadingHTTPServer(("127.0.0.1", 0), StandIn) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        with _serving(tmp_path_factory.mktemp("nginx"), upstream.server_port) as running:
            yield running
        upstream.shutdown()


def test_plain_http_is_sent_to_https(nginx: Nginx) -> None:
    answer = nginx.ask_plainly("/faturas/?unidade=1")
    assert answer.status == 301
    assert answer.getheader("Location") == "https://localhost/faturas/?unidade=1"


def test_what_a_client_claims_about_its_address_does_not_reach_the_portal(nginx: Nginx) -> None:
    StandIn.seen.clear()
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=6.6.6.6",
    }
    nginx.ask("/", headers=forged)
    [(_, _, headers)] = StandIn.seen
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["host"] == "localhost"
    assert not {"x-forwarded-host", "forwarded"} & headers.keys()


def test_a_private_file_is_sent_with_the_headers_that_the_portal_gave(nginx: Nginx) -> None:
    status, headers, body = nginx.ask("/documentos/1/abrir/")
    assert (status, body) == (200, b"%PDF-1.7 invoice")
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == 'inline; filename="Fatura.pdf"'
    assert headers["cache-control"] == "private, no-store"
    assert headers["content-security-policy"] == "sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-content-sha256"] == "abc"
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "etag" not in headers


@pytest.mark.parametrize("path", ["/privado/invoices/aa/fatura%20um.pdf", "/privado/"])
def test_a_private_file_cannot_be_asked_for(nginx: Nginx, path: str) -> None:
    assert nginx.ask(path)[0] == 404


def test_nothing_outside_the_static_folder_is_served(nginx: Nginx) -> None:
    assert nginx.ask("/static/balcao.css")[2] == b"body{}"
    for path in ("/static../privkey.pem", "/static/../privkey.pem", "/static/%2e%2e/privkey.pem"):
        assert b"PRIVATE KEY" not in nginx.ask(path)[2]


def test_an_upload_that_is_too_large_gets_the_portal_s_own_page(nginx: Nginx) -> None:
    StandIn.seen.clear()
    status, _, body = nginx.ask("/equipe/certificados/", "POST", b"x" * (4 * MEBIBYTE))
    assert (status, body) == (413, b"portal")
    [(method, path, headers)] = StandIn.seen
    assert (method, path) == ("GET", "/erro/arquivo-grande/")
    assert headers.get("content-length", "0") == "0"


STAFF_FILES = [
    "/equipe/faturas/publicar/", "/equipe/faturas/rascunhos/importar/",
    "/equipe/os/2026-0000001-9/responder/", "/equipe/pedidos/lotes/novo/",
    "/equipe/pedidos/4001/documentos/", "/equipe/retornos/novo/",
    "/equipe/notas-fiscais/importacoes/nova/",
]  # fmt: skip
FILES = [
    "/verificar/", "/os/abrir/12/", "/os/2026-0000001-9/responder/", "/pedidos/4001/concluir/",
]  # fmt: skip


@pytest.mark.parametrize("path", [*FILES, *STAFF_FILES])
def test_files_go_where_files_are_asked_for(nginx: Nginx, path: str) -> None:
    body, who = b"x" * (settings.UPLOAD_MAX_BYTES + OVERHEAD), {"Cookie": "sessao=staff"}
    assert nginx.ask(path, "POST", body, who)[0] == 200
    assert nginx.ask(path, "POST", b"x" * (31 * MEBIBYTE), who)[0] == 413


@pytest.mark.parametrize("path", ["/entrar/", "/cadastro/", "/certificado/teste/", "/verificar/x/"])
def test_elsewhere_a_stranger_can_leave_no_more_than_a_form_holds(nginx: Nginx, path: str) -> None:
    """30 MB were taken and written to disk, before the portal was asked, at any address."""
    StandIn.seen.clear()
    assert nginx.ask(path, "POST", b"x" * (4 * MEBIBYTE))[0] == 413
    assert [seen for _method, seen, _headers in StandIn.seen] == ["/erro/arquivo-grande/"]


def test_the_pages_to_which_strangers_send_files_are_known_to_nginx() -> None:
    large = {
        above for above, view in _views(get_resolver().url_patterns)
        if getattr(view, "body_bytes", 0) > 3 * MEBIBYTE
    }  # fmt: skip
    assert large == {"/verificar/", "/os/abrir/<int:topic>/", "/os/<str:number>/responder/"}


SECRETS = [
    "/escritorios/4001/importar/nova/", "/escritorios/4001/certificados/novo/",
    "/procuracoes/4001/alterar/",
]  # fmt: skip


def test_what_holds_passwords_and_keys_is_never_written_to_disk(nginx: Nginx) -> None:
    """Bodies of more than 16 KB lay in a folder of nginx, and stayed there when it was killed."""
    body, folder = b"x" * (2 * MEBIBYTE), nginx.folder / "client_body"
    for path in SECRETS:
        before = folder.stat().st_mtime_ns  # of the folder: a file that came and went changes it
        assert nginx.ask(path, "POST", body)[0] == 200
        assert folder.stat().st_mtime_ns == before, path
        assert nginx.ask(path, "POST", b"x" * (4 * MEBIBYTE))[0] == 413
    before = folder.stat().st_mtime_ns
    nginx.ask("/entrar/", "POST", body)
    assert folder.stat().st_mtime_ns != before


def test_the_pages_whose_files_hold_secrets_are_known_to_nginx() -> None:
    marked = {
        re.sub(r"<[^>]*>", "4001", above) for above, view in _views(get_resolver().url_patterns)
        if getattr(view, "stays_in_memory", False)
    }  # fmt: skip
    assert marked == set(SECRETS)


def test_one_address_cannot_send_many_files_at_once(nginx: Nginx) -> None:
    head = b"POST /verificar/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\nbody"
    with contextlib.ExitStack() as lines:
        opened: list[ssl.SSLSocket] = []
        for _client in range(8):
            plain = socket.create_connection(("127.0.0.1", nginx.port), PATIENCE_SECONDS)
            line = lines.enter_context(
                nginx.context.wrap_socket(lines.enter_context(plain), server_hostname="localhost")
            )
            line.sendall(head)
            line.setblocking(False)
            opened.append(line)
        answers: list[bytes] = []

        def four() -> bool:
            for line in opened:
                with contextlib.suppress(ssl.SSLWantReadError):
                    answers.append(line.recv(4096)[:20])
            return len([answer for answer in answers if b" 429 " in answer]) == 4

        wait_until(four, "the refusals")
        assert nginx.ask("/entrar/", "POST", b"x")[0] == 200, "other pages go on"


def test_a_batch_may_be_larger_than_another_upload(nginx: Nginx) -> None:
    StandIn.seen.clear()
    body, who = b"x" * (31 * MEBIBYTE), {"Cookie": "sessao=staff"}
    assert nginx.ask("/equipe/lotes/novo/", "POST", body, who)[0] == 200
    asked, sent = StandIn.seen
    assert asked[:2] == ("GET", "/equipe/envio-permitido/")
    assert sent[2]["content-length"] == str(31 * MEBIBYTE)


@pytest.mark.parametrize(("path", "length"), [
    ("/equipe/lotes/novo/", 4 * 1024**3), *((path, 20 * MEBIBYTE) for path in STAFF_FILES)
])  # fmt: skip
def test_a_stranger_s_batch_is_not_taken(nginx: Nginx, path: str, length: int) -> None:
    """The answer comes while the body, of gigabytes, has hardly begun."""
    StandIn.seen.clear()
    line = http.client.HTTPSConnection(
        "localhost", nginx.port, context=nginx.context, timeout=PATIENCE_SECONDS
    )
    with contextlib.closing(line):
        line.putrequest("POST", path)
        line.putheader("Content-Length", str(length))
        line.endheaders(b"x")
        answer = line.getresponse()
        assert answer.status == 302
        assert (answer.getheader("Location") or "").endswith(f"/entrar/?next={path}")
    assert [path for _method, path, _headers in StandIn.seen] == ["/equipe/envio-permitido/"]
    assert nginx.ask("/equipe/envio-permitido/")[0] == 404, "asked by nginx alone"


def _routes(patterns: Sequence[Any], above: str = "/") -> Iterator[str]:
    for found in patterns:
        route = above + str(found.pattern)
        yield from _routes(found.url_patterns, route) if hasattr(found, "url_patterns") else [route]


def _views(patterns: Sequence[Any], above: str = "/") -> Iterator[tuple[str, Any]]:
    for found in patterns:
        route = above + str(found.pattern)
        inner = getattr(found, "url_patterns", None)
        yield from _views(inner, route) if inner is not None else [(route, found.callback)]


def _addresses_that_are_keys() -> Iterator[str]:
    """Every address of the portal that holds a one-time token or a code, with SECRET in its place."""
    for route in _routes(get_resolver().url_patterns):
        path, count = re.subn(r"<\w+:(token|code|ticket)>", "SECRET", route)
        if count:
            yield path.replace("<slug:slug>", "atendimento")


def test_the_access_log_keeps_no_arguments_no_referers_and_no_keys(nginx: Nginx) -> None:
    keys = [*_addresses_that_are_keys()]
    assert len(keys) >= 5
    before = len(StandIn.seen)
    referer = {"Referer": "https://localhost/x/?SECRET"}
    for path in ("/equipe/busca/?q=SECRET", *keys):  # a mail's link may be typed without the "s"
        nginx.ask_plainly(path, referer)
        nginx.ask(path, headers=referer)
    nginx.ask("/depois/")
    assert len(StandIn.seen) == before + len(keys) + 2
    noted = nginx.folder / "balcao.access.log"
    wait_until(lambda: "GET /depois/ HTTP/1.1" in noted.read_text(), "the log")
    assert "GET /equipe/busca/ HTTP/1.1" in noted.read_text()
    for log in nginx.folder.glob("*.log"):
        assert "SECRET" not in log.read_text(), log.name


def test_the_error_log_keeps_no_keys(tmp_path: Path) -> None:
    with _serving(tmp_path, upstream=free_port()) as nginx:
        nginx.ask("/acesso/SECRET/", headers={"Referer": "https://localhost/?SECRET"})
        nginx.ask("/static/nada.css?SECRET")
        nginx.ask_plainly("/.well-known/acme-challenge/SECRET")
    for log in tmp_path.glob("*.log"):
        assert "SECRET" not in log.read_text(), log.name


@pytest.mark.parametrize(("path", "headers", "status", "says"), [
    ("/static/nada.css", {}, 404, "Não encontrado"),
    ("/documentos/perdido/", {}, 404, "Não encontrado"),
    ("/", {"X-Long": "x" * 40_000}, 400, "O pedido não foi aceito"),
])  # fmt: skip
def test_the_web_server_s_own_errors_are_our_pages(
    nginx: Nginx, path: str, headers: dict[str, str], status: int, says: str
) -> None:
    found, _, body = nginx.ask(path, headers=headers)
    assert found == status
    assert says in body.decode()
    assert b"nginx" not in body


def test_a_portal_that_is_down_gets_a_page_that_says_so(tmp_path: Path) -> None:
    with _serving(tmp_path, upstream=free_port()) as nginx:
        status, headers, body = nginx.ask("/")
    assert status in {502, 504}
    assert "Voltamos em instantes" in body.decode()
    assert headers["retry-after"] == "60"
