"""Access tokens of OAuth 2 (RFC 6749), by which mail servers are signed in to: Microsoft, Google.

A desk fetches mail by them, ``portal.outbox`` sends it.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.utils import timezone
from django.utils.translation import gettext as _

PATIENCE = 20  # seconds for each answer of a server
MICROSOFT_SCOPE = "https://outlook.office365.com/.default"
GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
_MOST_BYTES = 64 * 1024
_GOOGLE_SCOPE = "https://mail.google.com/"
_BY_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523
_LIFE = 3600  # seconds, where the server does not say


class SignInRefused(Exception):
    """The server of mail or tokens refuses what we sign in with: trying on would lock the account."""


class NotReached(Exception):
    """The server of mail or tokens does not answer, or not as it should."""


@dataclass(frozen=True)
class Token:
    """An access token, and for how many seconds it opens."""

    text: str
    seconds: int


def by_client(url: str, *, client_id: str, secret: str, scope: str) -> Token:
    """For an application in its own name (Microsoft). Raises SignInRefused, NotReached."""
    form = {"client_id": client_id, "client_secret": secret}
    return _asked(url, {**form, "grant_type": "client_credentials", "scope": scope})


def by_refresh(url: str, *, client_id: str, secret: str, refresh_token: str) -> Token:
    """For what a person authorised once (Google). Raises SignInRefused, NotReached."""
    form = {"client_id": client_id, "client_secret": secret}
    return _asked(url, {**form, "grant_type": "refresh_token", "refresh_token": refresh_token})


def by_service_account(key_file: str, *, user: str, scope: str = "", url: str = "") -> Token:
    """For a service account of Google, in the name of a mailbox's ``user`` (domain-wide
    delegation). ``key_file`` is its JSON. Raises SignInRefused, NotReached."""
    url = url or GOOGLE_TOKENS
    assertion = _signed(key_file, user=user, scope=scope or _GOOGLE_SCOPE, url=url)
    return _asked(url, {"grant_type": _BY_ASSERTION, "assertion": assertion})


def xoauth2(user: str, token: str) -> str:
    """What is sent to a mail server by SASL XOAUTH2."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"


def about_token(token: str) -> str:
    """To which application or account a Microsoft token belongs and what it allows; "" for one that
    does not say. It is not checked: the mailbox's server does that."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        who = next(
            claims[name] for name in ("upn", "app_displayname", "appid", "azp") if claims.get(name)
        )
        allowed = ", ".join(map(str, claims.get("roles", []))) or str(claims.get("scp", ""))
    except (IndexError, ValueError, StopIteration, AttributeError, TypeError):
        return ""
    return f"{who} ({allowed})" if allowed else str(who)


def _asked(url: str, form: Mapping[str, str]) -> Token:
    host = urlsplit(url).hostname or ""
    if not url.startswith("https://") and host not in {"127.0.0.1", "localhost"}:
        raise NotReached(_("The token address must begin with https://."))
    request = Request(url, data=urlencode(form).encode())  # noqa: S310 (https, or this machine)
    try:
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            said = json.loads(answer.read(_MOST_BYTES))
            return Token(str(said["access_token"]), int(said.get("expires_in") or _LIFE))
    except HTTPError as error:
        if error.code in (400, 401, 403):
            raise SignInRefused(_refusal(error, host)) from None
        raise NotReached(
            _("The token server %(host)s answers with error %(code)d.")
            % {"host": host, "code": error.code}
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise NotReached(
            _("The token server %(host)s does not answer as it should.") % {"host": host}
        ) from None


def _refusal(error: HTTPError, host: str) -> str:
    """In plain words for the codes that are met; the server's sentences stay out."""
    words = {
        "invalid_grant": _("the authorisation was withdrawn or has expired; authorise again"),
        "invalid_client": _("the client secret is wrong or has expired; enter a new one"),
        "unauthorized_client": _("the application may not do this; an administrator must allow it"),
        "invalid_scope": _("the scope is wrong"),
    }
    try:
        code = str(json.loads(error.read(_MOST_BYTES)).get("error", ""))
    except (OSError, ValueError, AttributeError):
        code = ""
    why = words.get(code) or _("it refuses what we sign in with")
    return _("The token server %(host)s says: %(why)s (%(code)s).") % {
        "host": host, "why": why, "code": code if code in words else error.code,
    }  # fmt: skip


def _signed(key_file: str, *, user: str, scope: str, url: str) -> str:
    """A statement signed by the account's key, with which a token is asked for."""
    try:
        account = json.loads(key_file)
        key: Any = load_pem_private_key(account["private_key"].encode(), None)
        issuer = str(account["client_email"])
        if not isinstance(key, RSAPrivateKey):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SignInRefused(_("The secret is not the key file of a service account.")) from None
    now = int(timezone.now().timestamp())
    claims = {"iss": issuer, "sub": user, "scope": scope, "aud": url, "iat": now, "exp": now + 600}
    head = {"alg": "RS256", "typ": "JWT"}
    text = b".".join(_url_safe(json.dumps(part).encode()) for part in (head, claims))
    signature = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    return b".".join([text, _url_safe(signature)]).decode()


def _url_safe(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
