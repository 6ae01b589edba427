"""Mail is sent to a server that is signed in to by a token (XOAUTH2)."""

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone

from portal.outbox import smtp_tokens
from portal.outbox.delivery import deliver
from portal.outbox.models import Entry, MailPause
from portal.outbox.services import enqueue_mail
from tests.token_server import Tokens, serving_tokens

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Requiring AUTH")]
USER = "portal@provedor.example"


class Server:
    """Takes mail of who brings a token that was given, for the user for whom it was. As Microsoft's
    it says why it refuses in a challenge."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens, self.accepted = tokens, 0

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        user, bearer, *_ = base64.b64decode(args[1]).decode().split("\x01")
        token = bearer.removeprefix("auth=Bearer ")
        if user == f"user={self.tokens.given.get(token)}":
            return AuthResult(success=True)
        answer = await server.challenge_auth(json.dumps({"status": "400"}))
        assert answer == b""
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self.accepted += 1
        return "250 OK"


@pytest.fixture(scope="module")
def tokens() -> Iterator[Tokens]:
    with serving_tokens() as found:
        found.email = USER
        yield found


@pytest.fixture
def server(tokens: Tokens, settings) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(tokens)
    controller = Controller(
        server, hostname="127.0.0.1", port=port, auth_required=True, auth_require_tls=False
    )
    controller.start()
    settings.EMAIL_BACKEND = "portal.outbox.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = False, USER, ""
    settings.EMAIL_TOKEN_BY, settings.EMAIL_TOKEN_URL = "client", f"{tokens.url}/token"
    settings.EMAIL_TOKEN_CLIENT_ID, settings.EMAIL_TOKEN_SECRET = "app", "Xyz"
    tokens.asked.clear()
    smtp_tokens.forget()
    yield server
    smtp_tokens.forget()
    tokens.refusal = ""
    controller.stop()


def sent() -> Entry:
    """One more mail, after a try to send it."""
    entry = enqueue_mail(
        to="ana@exemplo.com.br", template="tickets/mail/moved", key=f"t:{Entry.objects.count()}",
        context={"department": "A", "before": "B", "count": 1, "link": "https://x.example"}, about=(),
    )  # fmt: skip
    assert entry is not None
    return tried(entry)


def tried(entry: Entry) -> Entry:
    Entry.objects.filter(pk=entry.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    MailPause.objects.all().delete()
    assert deliver(entry.pk)
    entry.refresh_from_db()
    return entry


def test_one_token_serves_many_mails(server: Server, tokens: Tokens):
    assert [sent().status for _ in range(3)] == ["done"] * 3
    assert server.accepted == 3
    assert tokens.asked == [
        {"grant_type": "client_credentials", "client_id": "app", "client_secret": "Xyz",
         "scope": "https://outlook.office365.com/.default"}
    ]  # fmt: skip


def test_a_token_is_asked_for_anew_before_it_ends(server: Server, tokens: Tokens, monkeypatch):
    monkeypatch.setattr(smtp_tokens, "EARLY", 3600.0)
    assert [sent().status for _ in range(2)] == ["done"] * 2
    assert len(tokens.asked) == 2


def test_mail_waits_while_the_server_refuses_and_the_next_try_has_another_token(
    server: Server, tokens: Tokens
):
    tokens.email = "outra@provedor.example"
    entry = sent()
    tokens.email = USER
    assert (entry.status, MailPause.objects.count(), server.accepted) == ("pending", 1, 0)
    assert (tried(entry).status, server.accepted) == ("done", 1)


def test_without_a_token_mail_waits_and_no_secret_is_noted(server: Server, tokens: Tokens):
    tokens.refusal = "invalid_client"
    entry = sent()
    assert (entry.status, MailPause.objects.count(), server.accepted) == ("pending", 1, 0)
    assert "segredo do aplicativo" in entry.error
    assert "Xyz" not in entry.error
    tokens.refusal = ""
    assert tried(entry).status == "done"


def test_google_s_two_ways(server: Server, tokens: Tokens, settings, tmp_path: Path):
    settings.EMAIL_TOKEN_BY, settings.EMAIL_TOKEN_REFRESH = "refresh", "renova"
    assert sent().status == "done"
    assert tokens.asked[-1] == {
        "grant_type": "refresh_token", "client_id": "app", "client_secret": "Xyz",
        "refresh_token": "renova",
    }  # fmt: skip
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "key.json"
    settings.EMAIL_TOKEN_BY, settings.EMAIL_TOKEN_KEY_FILE = "service", str(file)
    assert sent().status == "pending"  # there is no such file
    file.write_text(json.dumps({"private_key": key.decode(), "client_email": "r@p.example"}))
    assert sent().status == "done"
    claims = tokens.decoded(tokens.asked[-1]["assertion"].split(".")[1])
    assert (claims["sub"], claims["scope"]) == (USER, "https://mail.google.com/")


@pytest.mark.parametrize(
    ("given", "said"),
    [({"EMAIL_TOKEN_BY": "senha"}, "one of client, refresh, service"),
     ({"EMAIL_TOKEN_BY": "refresh", "EMAIL_TOKEN_CLIENT_ID": "a", "EMAIL_TOKEN_SECRET": "b"},
      "EMAIL_TOKEN_REFRESH must be set")],
)  # fmt: skip
def test_half_a_setting_stops_the_start(tmp_path: Path, given: dict[str, Any], said: str):
    environment = {
        **os.environ, "EMAIL_URL": "smtp+tls://u@mail.invalid:25", "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "portal.settings", **given,
    }  # fmt: skip
    code = "from django.conf import settings; settings.DEBUG"
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment, text=True, capture_output=True, check=False
    )
    assert ended.returncode != 0
    assert said in ended.stderr
