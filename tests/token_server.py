"""A server of access tokens (OAuth 2) on loopback, with which mail servers are tried."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


class Tokens:
    """Gives tokens to who asks rightly, and says whose a token is. ``asked``: the forms it got."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.given: dict[str, str] = {}
        self.refusal = ""  # code with which the next ones are refused
        self.email = "os@provedor.example"
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.asked.append(form)
        if self.refusal:
            return 400, {"error": self.refusal, "error_description": "AADSTS: segredo Xyz"}
        token = f"token-{len(self.given)}"
        self.given[token] = self.email
        return 200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}

    @staticmethod
    def verify(key: RSAPublicKey, text: str, signature: str) -> None:
        """Raises InvalidSignature."""
        key.verify(_bytes(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())

    @staticmethod
    def decoded(part: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(_bytes(part))
        return found

    def look(self, token: str) -> tuple[int, dict[str, object]]:
        if token not in self.given:
            return 200, {"active": "false", "email": self.email}
        return 200, {"active": "true", "email": self.given[token]}


def _bytes(url_safe: str) -> bytes:
    return base64.urlsafe_b64decode(url_safe + "=" * (-len(url_safe) % 4))


@contextmanager
def serving_tokens() -> Iterator[Tokens]:
    tokens = Tokens()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            is_look = urlsplit(self.path).path == "/look"
            self._say(*(tokens.look(self._bearer()) if is_look else tokens.answer(form)))

        def do_GET(self) -> None:
            self._say(*tokens.look(self._bearer()))

        def _bearer(self) -> str:
            return self.headers.get("Authorization", "").removeprefix("Bearer ").strip()

        def _say(self, status: int, what: dict[str, object]) -> None:
            data = json.dumps(what).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tokens.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield tokens
    finally:
        server.shutdown()
        server.server_close()
