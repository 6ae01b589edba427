"""What a mailbox is signed in with: sealed secrets, and the access tokens that they give.

An access token is asked for at each poll: it lives an hour, a box is asked once a minute, and what
is not kept cannot leak.
"""

import json

from django.utils.translation import gettext as _

from portal.mail_tokens import SignInRefused, by_client, by_refresh, by_service_account
from portal.vault.services import VaultError, open_sealed, seal
from tickets.models import Mailbox


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
    secret = secrets.get("secret", "")
    if mailbox.auth == Mailbox.Auth.SERVICE:
        token = by_service_account(
            secret, user=mailbox.username, scope=mailbox.scope, url=mailbox.token_url
        )
    elif mailbox.auth == Mailbox.Auth.REFRESH:
        token = by_refresh(
            mailbox.token_url, client_id=mailbox.client_id, secret=secret,
            refresh_token=secrets.get("refresh_token", ""),
        )  # fmt: skip
    else:
        token = by_client(
            mailbox.token_url, client_id=mailbox.client_id, secret=secret, scope=mailbox.scope
        )
    return token.text
