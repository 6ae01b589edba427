"""Signing in to the mail server by an access token (SASL XOAUTH2), see ``EMAIL_TOKEN_BY``.

A token is kept in this process's memory alone, and asked for anew five minutes before it ends.
"""

import smtplib
import threading
import time
from pathlib import Path

from django.conf import settings

from portal import mail_tokens
from portal.mail_tokens import NotReached, SignInRefused, Token

EARLY = 300.0  # seconds before its end from which on a token is not used any more
_lock = threading.Lock()
_kept: dict[str, tuple[str, float]] = {}  # the token, and until when (``time.monotonic``)


class NoToken(smtplib.SMTPException):
    """No token was given: all mail waits, as while the mail server does not answer."""


def token() -> str:
    """An access token that is not about to end. Raises NoToken."""
    with _lock:
        text, until = _kept.get(settings.EMAIL_TOKEN_BY, ("", 0.0))
        if time.monotonic() < until:
            return text
        try:
            given = _asked()
        except (SignInRefused, NotReached) as error:
            raise NoToken(str(error)) from None
        until = time.monotonic() + given.seconds - EARLY
        _kept[settings.EMAIL_TOKEN_BY] = given.text, until
        return given.text


def sign_in(connection: smtplib.SMTP, user: str, token: str) -> None:
    """Raises SMTPAuthenticationError; then the next try asks for another token."""
    said = mail_tokens.xoauth2(user, token)

    def answer(challenge: bytes | None = None) -> str:
        # A challenge is the server's reason; it refuses once that was answered by nothing.
        return said if challenge is None else ""

    connection.ehlo_or_helo_if_needed()
    try:
        connection.auth("XOAUTH2", answer, initial_response_ok=True)
    except smtplib.SMTPAuthenticationError:
        forget()
        raise


def forget() -> None:
    """Ask for another token the next time."""
    _kept.clear()


def _asked() -> Token:
    way, url, scope = settings.EMAIL_TOKEN_BY, settings.EMAIL_TOKEN_URL, settings.EMAIL_TOKEN_SCOPE
    if way == "service":
        try:
            key_file = Path(settings.EMAIL_TOKEN_KEY_FILE).read_text()
        except (OSError, ValueError):
            raise NotReached("EMAIL_TOKEN_KEY_FILE cannot be read.") from None
        user = settings.EMAIL_HOST_USER
        return mail_tokens.by_service_account(key_file, user=user, scope=scope, url=url)
    client = {"client_id": settings.EMAIL_TOKEN_CLIENT_ID, "secret": settings.EMAIL_TOKEN_SECRET}
    if way == "refresh":
        return mail_tokens.by_refresh(
            url or mail_tokens.GOOGLE_TOKENS, **client, refresh_token=settings.EMAIL_TOKEN_REFRESH
        )
    return mail_tokens.by_client(url, **client, scope=scope or mail_tokens.MICROSOFT_SCOPE)
