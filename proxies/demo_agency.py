"""The demonstration's agency: a login form over TLS on this machine, to check accesses against.

How it answers is said by how the password begins: see ``ANSWERS``. It is nobody's real agency.
"""

import html
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from django.utils import timezone

from proxies.models import Agency, Kind, LoginPage, Sphere

NAME = "Órgão de Demonstração"
PATH = "/entrar"
LOGIN, PASSWORD = "usuario", "senha"
OPENED, REFUSED, EXPIRED = "Bem-vindo ao órgão", "Usuário ou senha inválidos", "Sua senha expirou"
# How a password begins -> what becomes of it. Any other password is refused.
RIGHT, OVER, SLOW, DOWN, CHANGED, BOMB, AWAY = (
    "certa", "vencida", "lenta", "fora", "mudou", "bomba", "desvio",
)  # fmt: skip
NOTICE = (
    f"Este órgão não existe: responde nesta máquina, para a demonstração, conforme o começo da senha "
    f"ou do código. “{RIGHT}” abre; “{OVER}” diz que expirou; “{CHANGED}” mostra uma página que "
    f"ninguém entende; com “{DOWN}” e “{SLOW}” não há resposta; qualquer outro começo é recusado."
)
_FORM = """<!doctype html><html lang="pt-BR"><meta charset="utf-8"><title>Entrar</title>
<h1>Órgão de Demonstração</h1><p>{said}</p>
<form method="post" action="{path}"><input type="hidden" name="csrf" value="{token}">{more}
<label>Usuário <input name="usuario"></label> <label>Senha <input type="password" name="senha"></label>
<button>Entrar</button></form></html>"""


class DemoAgency(ThreadingHTTPServer):
    """``certificate`` and ``key``: PEM files with which it presents itself.

    ``login_page``: what stands in its form beside the fields; ``asked``: methods and paths, in
    order; ``forms``: how many were sent.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, certificate: Path, key: Path) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.tokens: set[tuple[str, str]] = set()
        self.login_page = ""
        self.login_status = 200
        self.asked: list[str] = []
        self.forms = 0
        self.during: Callable[[], None] = lambda: None
        self.let_go = threading.Event()

    @property
    def host(self) -> str:
        return f"localhost:{self.server_port}"

    @property
    def address(self) -> str:
        return f"https://{self.host}{PATH}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Who goes away early is no news."""

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.let_go.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: DemoAgency

    def setup(self) -> None:
        # Here, in the thread of this connection: nobody waits for another's handshake.
        self.request.settimeout(30)
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def do_GET(self) -> None:
        self.server.asked.append(f"GET {self.path}")
        if self.path == "/dentro":
            self._page(f"<h1>{OPENED}</h1>")
        elif self.path == PATH:
            self._form("", self.server.login_status)
        else:
            self._page("<h1>?</h1>", 404)

    def do_POST(self) -> None:
        self.server.asked.append(f"POST {self.path}")
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 64 * 1024))
        sent = {name: values[0] for name, values in parse_qs(body.decode("utf-8")).items()}
        self.server.forms += 1
        self.server.during()
        visit = SimpleCookie(self.headers.get("Cookie", "")).get("visita")
        if visit is None or (visit.value, sent.get("csrf", "")) not in self.server.tokens:
            self._page("<h1>Sessão inválida</h1>", 403)
            return
        self._answer(sent.get(PASSWORD, ""))

    def _answer(self, password: str) -> None:
        answers: dict[str, Callable[[], None]] = {
            RIGHT: lambda: self._redirect("/dentro"),
            OVER: lambda: self._form(EXPIRED),
            SLOW: self._drip,
            DOWN: lambda: self._page("<h1>Fora do ar</h1>", 503),
            CHANGED: lambda: self._page("<h1>Portal novo</h1><p>Em breve.</p>"),
            BOMB: self._bomb,
            AWAY: lambda: self._redirect("https://127.0.0.1:9/outro"),
        }
        for beginning, answer in answers.items():
            if password.startswith(beginning):
                answer()
                return
        self._form(REFUSED, 401)

    def _form(self, said: str, status: int = 200) -> None:
        token, visit = secrets.token_hex(8), secrets.token_hex(8)
        self.server.tokens.add((visit, token))
        page = _FORM.format(
            said=html.escape(said), path=PATH, token=token, more=self.server.login_page
        )
        self._page(page, status, cookie=f"visita={visit}; Path=/; Secure; HttpOnly")

    def _page(self, page: str, status: int = 200, cookie: str = "") -> None:
        body = page.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        """An answer that never ends; it stops when nobody listens any more."""
        self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        until = time.monotonic() + 600
        while time.monotonic() < until and not self.server.let_go.wait(0.05):
            self.wfile.write(b" ")
            self.wfile.flush()

    def _bomb(self) -> None:
        """More than anybody wants, and no word of how much."""
        self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        for _ in range(10_000):
            self.wfile.write(b"<div>" * 20_000)

    def log_message(self, *args: object) -> None:
        """Nothing of what is sent is written down."""


def row() -> Agency:
    """The agency in the catalogue."""
    return Agency.objects.get_or_create(
        name=NAME,
        defaults={
            "sphere": Sphere.FEDERAL, "kinds": [Kind.LOGIN, Kind.CODE], "renewal_every": 3,
            "renewal_source": "Demonstração", "renewal_checked_on": timezone.localdate(),
            "notice": NOTICE,
        },
    )[0]  # fmt: skip


def describe(address: str) -> Agency:
    """The agency's row, with its login page at this address."""
    agency = row()
    texts = {"opened_texts": OPENED, "refused_texts": REFUSED, "expired_texts": EXPIRED}
    LoginPage.objects.update_or_create(
        agency=agency,
        defaults={"address": address, "login_field": LOGIN, "password_field": PASSWORD, **texts},
    )
    return agency
