"""Asking mailboxes over IMAP: each mail once, kept before anything else happens with it.

What was fetched is told by UIDVALIDITY and UID, never by whether somebody has read it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import imap_tools
from imap_tools.errors import MailboxLoginError

from portal.vault.services import open_sealed, seal
from tickets.models import Mailbox
from tickets.services import incoming

PATIENCE = 20  # seconds for each answer of the server
A_TIME = 100  # mails of one box in one go; the next minute takes the next ones
ALERT_AFTER = timedelta(minutes=30)


class SignInRefused(Exception):
    """The mailbox or the token's server refuses what we sign in with: trying on would lock it."""


class NotReached(Exception):
    """The mailbox or the token's server does not answer, or not as it should."""


@dataclass(frozen=True)
class Looked:
    """What "test" shows: whose box it is, its folders, and how many mails wait in the chosen one."""

    account: str
    folders: list[str]
    waiting: int


def set_secret(mailbox: Mailbox, secret: str) -> None:
    """Seal the password or client secret; the caller saves."""
    mailbox.sealed = seal(secret.encode(), **mailbox.vault_context())


def poll(mailbox: Mailbox, *, at: datetime) -> int:
    """Keep what is new; how many. Raises SignInRefused, NotReached, after noting it on the row."""
    Mailbox.objects.filter(pk=mailbox.pk).update(polled_at=at)
    try:
        count = _fetch(mailbox, at)
    except SignInRefused as error:
        _note(mailbox, error=str(error)[:300], paused_at=at)
        raise
    except NotReached as error:
        _note(mailbox, error=str(error)[:300])
        raise
    _note(mailbox, error="", good_at=at, alerted_at=None)
    return count


def look(mailbox: Mailbox) -> Looked:
    """Sign in and look, fetching nothing. Raises SignInRefused, NotReached."""
    with _connected(mailbox) as box:
        folders = [folder.name for folder in box.folder.list()]
        waiting = int(box.folder.status(mailbox.folder, ["MESSAGES"])["MESSAGES"])
    return Looked(mailbox.username, folders, waiting)


def silent(*, at: datetime) -> list[Mailbox]:
    """Active boxes that were not asked with success for too long, and of which nobody was told yet."""
    boxes = Mailbox.objects.filter(is_active=True, alerted_at=None, polled_at__isnull=False)
    return [box for box in boxes if (box.good_at or box.polled_at or at) < at - ALERT_AFTER]


def _fetch(mailbox: Mailbox, at: datetime) -> int:
    with _connected(mailbox) as box:
        validity = int(box.folder.status(mailbox.folder, ["UIDVALIDITY"])["UIDVALIDITY"])
        if validity != mailbox.uid_validity:  # another box under this name: its numbers begin anew
            _note(mailbox, uid_validity=validity, last_uid=0)
        new = [int(uid) for uid in box.uids(f"UID {mailbox.last_uid + 1}:*")]
        taken = sorted(uid for uid in new if uid > mailbox.last_uid)[:A_TIME]
        for uid in taken:
            incoming.keep(_raw(box, uid), at=at, mailbox=mailbox, uid_validity=validity, uid=uid)
            _note(mailbox, last_uid=uid)
    return len(taken)


def _raw(box: imap_tools.BaseMailBox, uid: int) -> bytes:
    """The mail as it is, without marking it as read."""
    _kind, answer = box.client.uid("FETCH", str(uid), "(BODY.PEEK[])")
    for part in answer:
        if isinstance(part, tuple):
            return bytes(part[1])
    raise NotReached(f"The server did not give mail {uid}.")


@contextmanager
def _connected(mailbox: Mailbox) -> Iterator[imap_tools.BaseMailBox]:
    try:
        box = _box(mailbox)
        signed = _signed_in(box, mailbox)
    except MailboxLoginError as error:
        raise SignInRefused(str(error)) from None
    except (OSError, imap_tools.errors.ImapToolsError) as error:
        raise NotReached(f"{type(error).__name__}: {error}") from None
    try:
        with signed:
            yield signed
    except (OSError, imap_tools.errors.ImapToolsError) as error:
        raise NotReached(f"{type(error).__name__}: {error}") from None


def _box(mailbox: Mailbox) -> imap_tools.BaseMailBox:
    where: dict[str, Any] = {"host": mailbox.host, "port": mailbox.port, "timeout": PATIENCE}
    if mailbox.security == Mailbox.Security.TLS:
        return imap_tools.MailBox(**where)
    if mailbox.security == Mailbox.Security.STARTTLS:
        return imap_tools.MailBoxStartTls(**where)
    return imap_tools.MailBoxUnencrypted(**where)


def _signed_in(box: imap_tools.BaseMailBox, mailbox: Mailbox) -> imap_tools.BaseMailBox:
    secret = open_sealed(bytes(mailbox.sealed), **mailbox.vault_context()).decode()
    if mailbox.auth == Mailbox.Auth.XOAUTH2:
        return box.xoauth2(mailbox.username, _token(mailbox, secret), mailbox.folder)
    return box.login(mailbox.username, secret, mailbox.folder)


def _token(mailbox: Mailbox, secret: str) -> str:
    """An access token by client credentials (RFC 6749, 4.4), asked for each time: they live an hour,
    and a box is asked once a minute by one process."""
    form = {
        "grant_type": "client_credentials", "client_id": mailbox.client_id,
        "client_secret": secret, "scope": mailbox.scope,
    }  # fmt: skip
    request = Request(mailbox.token_url, data=urlencode(form).encode())  # noqa: S310 (https by the form)
    try:
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return str(json.load(answer)["access_token"])
    except HTTPError as error:
        if error.code in (400, 401):
            raise SignInRefused(f"The token was refused ({error.code}).") from None
        raise NotReached(f"The token's server answers {error.code}.") from None
    except (OSError, ValueError, KeyError) as error:
        raise NotReached(f"{type(error).__name__}: {error}") from None


def _note(mailbox: Mailbox, **values: Any) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(**values)
    for name, value in values.items():
        setattr(mailbox, name, value)
