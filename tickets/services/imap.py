"""Mailboxes over IMAP: connecting, signing in, fetching; each fault in plain words.

Nothing on the server is changed: mail is not marked as read, moved or deleted.
"""

import imaplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import imap_tools
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxFolderStatusError,
)

from portal.mail_tokens import PATIENCE, NotReached, SignInRefused
from tickets.models import Mailbox
from tickets.services import mail_tokens

DEADLINE = 240.0  # seconds for everything that is asked of one box in one go
MOST_FETCHED = 100 * 1024**2  # bytes of one mail; of a longer one the beginning
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_TEMPORARY = ("unavailable", "temporar", "try again", "not connected", "too many", "inuse", "limit")
# The first that fits. The server's own words may hold what we sent; they stay out.
_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Any], ...] = (
    (socket.gaierror, gettext_lazy("There is no server called %(host)s.")),
    (ConnectionRefusedError, gettext_lazy("The server %(host)s does not take connections at port %(port)d.")),
    (TimeoutError, gettext_lazy("The server %(host)s did not answer within %(n)d seconds.")),
    (ssl.SSLCertVerificationError, gettext_lazy("The certificate of %(host)s is not valid.")),
    (ssl.SSLError, gettext_lazy("No encrypted connection with %(host)s was possible: is the port right?")),
    ((MailboxFolderSelectError, MailboxFolderStatusError), gettext_lazy("There is no folder %(folder)s in the mailbox.")),
    ((OSError, imaplib.IMAP4.abort), gettext_lazy("The connection with %(host)s broke off.")),
    (Exception, gettext_lazy("The server %(host)s answers what was not expected.")),
)  # fmt: skip
_FAULTS = (OSError, ImapToolsError, imaplib.IMAP4.error)


@contextmanager
def opened(mailbox: Mailbox) -> Iterator[imap_tools.BaseMailBox]:
    """The mailbox, signed in, until ``DEADLINE``. Raises SignInRefused, NotReached."""
    token = mail_tokens.access_token(mailbox)
    try:
        box = _connected(mailbox)
    except _FAULTS as error:
        raise NotReached(_in_words(error, mailbox)) from None
    timer = threading.Timer(DEADLINE, _end, [box])
    timer.daemon = True
    timer.start()
    try:
        _sign_in(box, mailbox, token)
        yield box
    except _FAULTS as error:
        raise NotReached(_in_words(error, mailbox)) from None
    finally:
        timer.cancel()
        with suppress(*_FAULTS):
            box.client.logout()


def validity_of(box: imap_tools.BaseMailBox, folder: str) -> int:
    """UIDVALIDITY: the numbers of mails mean something only together with it."""
    return int(box.folder.status(folder, ["UIDVALIDITY"])["UIDVALIDITY"])


def uids_after(box: imap_tools.BaseMailBox, folder: str, last: int) -> list[int]:
    """The numbers of the mails that came after ``last``, the oldest first."""
    box.folder.set(folder, readonly=True)
    found = map(int, box.uids(f"UID {last + 1}:*", charset=None))
    return sorted(uid for uid in found if uid > last)  # ``n:*`` names the last mail in any case


def raw_mail(box: imap_tools.BaseMailBox, uid: int) -> bytes | None:
    """The mail as it is; None where it was deleted meanwhile."""
    kind, answer = box.client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{MOST_FETCHED}>)")
    if kind != "OK":
        raise NotReached(_("The server did not give mail %(uid)d.") % {"uid": uid})
    return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), None)


def _connected(mailbox: Mailbox) -> imap_tools.BaseMailBox:
    where: dict[str, Any] = {"host": mailbox.host, "port": mailbox.port, "timeout": PATIENCE}
    if mailbox.security == Mailbox.Security.NONE:
        if mailbox.host not in LOOPBACK:
            raise NotReached(_("Without encryption only a server on this machine is asked."))
        return imap_tools.MailBoxUnencrypted(**where)
    where["ssl_context"] = ssl.create_default_context()
    if mailbox.security == Mailbox.Security.TLS:
        return imap_tools.MailBox(**where)
    return imap_tools.MailBoxStartTls(**where)


def _sign_in(box: imap_tools.BaseMailBox, mailbox: Mailbox, token: str) -> None:
    try:
        if mailbox.auth == Mailbox.Auth.PASSWORD:
            secret = mail_tokens.secrets_of(mailbox)["secret"]
            box.login(mailbox.username, secret, initial_folder=None)
        else:
            box.xoauth2(mailbox.username, token, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (ImapToolsError, imaplib.IMAP4.error, UnicodeEncodeError) as error:
        if any(word in str(error).lower() for word in _TEMPORARY):
            raise NotReached(_("The server does not let us in at the moment.")) from None
        raise SignInRefused(_refused(mailbox)) from None


def _refused(mailbox: Mailbox) -> str:
    if mailbox.auth == Mailbox.Auth.PASSWORD:
        return _("The server refuses the user name or the password of %(user)s.") % {
            "user": mailbox.username
        }
    return _(
        "The server refuses the token for %(user)s: does the application have access to this mailbox?"
    ) % {"user": mailbox.username}


def _end(box: imap_tools.BaseMailBox) -> None:
    with suppress(OSError):
        box.client.sock.shutdown(socket.SHUT_RDWR)


def _in_words(error: Exception, mailbox: Mailbox) -> str:
    """What went wrong, for a person."""
    where = {"host": mailbox.host, "port": mailbox.port, "folder": mailbox.folder, "n": PATIENCE}
    sentence = next(text for kinds, text in _WORDS if isinstance(error, kinds))
    return str(sentence) % where
