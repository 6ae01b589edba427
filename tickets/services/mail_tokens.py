"""What a mailbox is signed in with: sealed secrets, and access tokens of OAuth 2 (RFC 6749).

An access token is asked for at each poll: it lives an hour, a box is asked once a minute, and what
is not kept cannot leak.
"""

import base64
import json
from collections.abc import Mapping
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

from portal.vault.services import VaultError, open_sealed, seal
from tickets.models import Mailbox

PATIENCE = 20  # seconds for each answer of a server
_MOST_BYTES = 64 * 1024
_GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
_GOOGLE_SCOPE = "https://mail.google.com/"
_BY_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523


class SignInRefused(Exception):
    """The mailbox or the token's server refuses what we sign in with: trying on would lock it."""


class NotReached(Exception):
    """The mailbox or the token's server does not answer, or not as it should."""


def set_secrets(mailbox: Mailbox, **secrets: str) -> None:
    """Seal ``secret`` (password, client secret or the key file of a service account) and
    ``refresh_token``; the empty ones stay as they are. The caller saves."""
    known = secrets_of(mailbox) if mailbox.sealed else {}
    merged = {**known, **{name: value for name, value in secrets.items() if value}}
    mailbox.sealed = seal(json.dumps(merged).encode(), **mailbox.vault_context())


def secrets_of(mailbox: Mailbox) -> dict[str, str]:
    """What is sealed of this mailbox. Raises SignInRefused where nothing was entered or it does not
    open."""
    try:
        opened = open_sealed(bytes(mailbox.sealed), **mailbox.vault_context())
        found: dict[str, str] = json.loads(opened)
    except (VaultError, ValueError):
        raise SignInRefused(_("Its password or secret must be entered again.")) from None
    return found


def access_token(mailbox: Mailbox) -> str:
    """A new token; "" for a mailbox with a password. Raises SignInRefused, NotReached."""
    if mailbox.auth == Mailbox.Auth.PASSWORD:
        return ""
    secrets = secrets_of(mailbox)
    if mailbox.auth == Mailbox.Auth.SERVICE:
        return _asked(*_service_account(mailbox, secrets.get("secret", "")))
    form = {"client_id": mailbox.client_id, "client_secret": secrets.get("secret", "")}
    if mailbox.auth == Mailbox.Auth.REFRESH:
        form |= {"grant_type": "refresh_token", "refresh_token": secrets.get("refresh_token", "")}
    else:
        form |= {"grant_type": "client_credentials", "scope": mailbox.scope}
    return _asked(mailbox.token_url, form)


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


def _asked(url: str, form: Mapping[str, str]) -> str:
    host = urlsplit(url).hostname or ""
    if not url.startswith("https://") and host not in {"127.0.0.1", "localhost"}:
        raise NotReached(_("The token address must begin with https://."))
    request = Request(url, data=urlencode(form).encode())  # noqa: S310 (https, or this machine)
    try:
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return str(json.loads(answer.read(_MOST_BYTES))["access_token"])
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


def _service_account(mailbox: Mailbox, key_file: str) -> tuple[str, dict[str, str]]:
    """Where to ask, and with what: a statement signed by the account's key, in the name of the
    mailbox's user (domain-wide delegation)."""
    try:
        account = json.loads(key_file)
        key: Any = load_pem_private_key(account["private_key"].encode(), None)
        issuer, url = str(account["client_email"]), mailbox.token_url or _GOOGLE_TOKENS
        if not isinstance(key, RSAPrivateKey):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SignInRefused(_("The secret is not the key file of a service account.")) from None
    now = int(timezone.now().timestamp())
    claims = {
        "iss": issuer, "sub": mailbox.username, "scope": mailbox.scope or _GOOGLE_SCOPE, "aud": url,
        "iat": now, "exp": now + 600,
    }  # fmt: skip
    head = {"alg": "RS256", "typ": "JWT"}
    text = b".".join(_url_safe(json.dumps(part).encode()) for part in (head, claims))
    signature = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    assertion = b".".join([text, _url_safe(signature)]).decode()
    return url, {"grant_type": _BY_ASSERTION, "assertion": assertion}


def _url_safe(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
