"""Asking mailboxes: each mail once, kept before anything else happens with it.

What was fetched is told by UIDVALIDITY and UID, never by whether somebody has read it. A box is
asked by one process at a time; one that is killed loses nothing, and the next goes on after it.
"""

import logging
import time
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.mail_tokens import NotReached, SignInRefused, about_token
from portal.outbox.services import enqueue_job, enqueue_mail
from portal.reminders.registry import ExpiringItem
from tickets.models import Mailbox
from tickets.models.mailboxes import SILENT_AFTER
from tickets.services import imap, incoming, mail_tokens

logger = logging.getLogger(__name__)
CHANGE = "tickets.change_mailbox"
LEASE = timedelta(seconds=imap.DEADLINE + 60)
A_TIME = 100  # mails of one box in one go; the next minute takes the next ones
POLL_FOR = 120.0  # seconds after which no further mail of the box is fetched in one go
LONGEST_PAUSE = timedelta(hours=1)
FOLDERS_SHOWN = 20


def poll(mailbox: Mailbox, *, at: datetime) -> int | None:
    """Keep what is new; how many. None: somebody else is asking, or it is not due.

    Raises SignInRefused, NotReached after noting it on the row. Outside of transactions.
    """
    taken = Mailbox.objects.due(at=at).filter(pk=mailbox.pk)
    if not taken.update(leased_until=at + LEASE, polled_at=at):
        return None
    mailbox.refresh_from_db()
    try:
        count = _fetch(mailbox, at)
    except SignInRefused as error:
        _note_failure(mailbox, str(error), at, paused_at=at)
        raise
    except NotReached as error:
        _note_failure(mailbox, str(error), at)
        raise
    except Exception:
        _note_failure(mailbox, _("What was fetched could not be kept; it is tried again."), at)
        raise
    _note(
        mailbox, error="", good_at=at, failures=0, failing_since=None, due_at=None,
        leased_until=None, alerted_at=None,
    )  # fmt: skip
    return count


def _fetch(mailbox: Mailbox, at: datetime) -> int:
    end, count = time.monotonic() + POLL_FOR, 0
    with imap.opened(mailbox) as box:
        validity = imap.validity_of(box, mailbox.folder)
        if validity != mailbox.uid_validity:  # another box under this name: its numbers begin anew
            _note(mailbox, uid_validity=validity, last_uid=0)
        for uid in imap.uids_after(box, mailbox.folder, mailbox.last_uid)[:A_TIME]:
            if time.monotonic() > end:
                break
            raw = imap.raw_mail(box, uid)
            if raw is not None:
                incoming.keep(raw, at=at, mailbox=mailbox, uid_validity=validity, uid=uid)
                count += 1
            _note(mailbox, last_uid=uid)
    return count


def pause_after(failures: int) -> timedelta:
    """1, 2, 4 … minutes, an hour at most."""
    return min(timedelta(minutes=2 ** min(failures - 1, 6)), LONGEST_PAUSE)


def _note_failure(mailbox: Mailbox, error: str, at: datetime, **values: Any) -> None:
    failures = mailbox.failures + 1
    _note(
        mailbox, error=error[:300], failures=failures, due_at=at + pause_after(failures),
        failing_since=mailbox.failing_since or at, leased_until=None, **values,
    )  # fmt: skip


def _note(mailbox: Mailbox, **values: Any) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(**values)
    for name, value in values.items():
        setattr(mailbox, name, value)


def resume(mailbox: Mailbox) -> None:
    """Ask it again from now on, at once."""
    _note(mailbox, is_active=True, paused_at=None, failures=0, failing_since=None, due_at=None,
          error="", alerted_at=None)  # fmt: skip


def try_changed(mailbox: Mailbox, *, is_elsewhere: bool) -> None:
    """It was changed: what was refused before is tried again. ``is_elsewhere``: its server, user or
    folder is another one, so that the numbers of its mails mean nothing any more."""
    _note(mailbox, paused_at=None, failures=0, failing_since=None, due_at=None, error="",
          alerted_at=None)  # fmt: skip
    if is_elsewhere:
        mailbox.mails.update(uid=0)
        _note(mailbox, uid_validity=0, last_uid=0)


def pause(mailbox: Mailbox) -> None:
    """Ask it no more until somebody resumes it."""
    _note(mailbox, is_active=False)


@transaction.atomic
def ask_for_test(mailbox: Mailbox, *, at: datetime) -> None:
    """Have a worker sign in and look, without fetching; the result stands on the row."""
    _note(mailbox, tested_at=None, test_result="")
    key = f"mailbox-test:{mailbox.pk}:{at.timestamp():.6f}"
    enqueue_job("tickets.test_mailbox", key=key, mailbox=mailbox.pk)


def test(mailbox: Mailbox, *, at: datetime) -> None:
    """Sign in and look. The result names the account and the folders, never a secret."""
    _note(mailbox, test_result=_look(mailbox), tested_at=at)


def _look(mailbox: Mailbox) -> str:
    try:
        with imap.opened(mailbox) as box:
            folders = [folder.name for folder in box.folder.list()]
            found = box.folder.status(mailbox.folder, ["MESSAGES"])
    except (SignInRefused, NotReached) as error:
        return str(error)
    lines = [
        _("It works. The account is %(user)s.") % {"user": mailbox.username},
        _("Folders: %(folders)s.") % {"folders": ", ".join(folders[:FOLDERS_SHOWN])},
        _("Mails in %(folder)s: %(count)s. Those that were not fetched yet will open orders.")
        % {"folder": mailbox.folder, "count": found["MESSAGES"]},
    ]  # fmt: skip
    if mailbox.auth != Mailbox.Auth.PASSWORD and (
        about := about_token(mail_tokens.access_token(mailbox))
    ):
        lines.insert(1, _("The token belongs to %(who)s.") % {"who": about})
    return "\n".join(lines)


def alert_silent(*, at: datetime) -> int:
    """Write to those who may mend it, once for each box that is not asked with success; how many."""
    count = 0
    for box in Mailbox.objects.in_trouble(at=at).filter(alerted_at=None):
        with transaction.atomic():
            if Mailbox.objects.filter(pk=box.pk, alerted_at=None).update(alerted_at=at):
                count += 1
                for user in _menders():
                    _alert(box, user, at)
    return count


def _alert(box: Mailbox, user: User, at: datetime) -> None:
    link = settings.BASE_URL + reverse("admin:tickets_mailbox_change", args=[box.pk])
    enqueue_mail(
        to=user.email or "", template="tickets/mail/mailbox_silent",
        context={"box": box, "link": link, "minutes": SILENT_AFTER.seconds // 60},
        key=f"mailbox-silent:{box.pk}:{at.timestamp():.6f}:{user.pk}", about=[user.pk],
    )  # fmt: skip


def _menders() -> list[User]:
    """Active staff who may change mailboxes and can be written to."""
    staff = User.objects.filter(is_staff=True, is_active=True).exclude(email=None)
    return [user for user in staff if user.has_perm(CHANGE)]


def secrets_due(first: date, last: date) -> Iterator[ExpiringItem]:
    """The mailboxes whose client secret ends in these days."""
    boxes = Mailbox.objects.filter(is_active=True, secret_expires_on__range=(first, last))
    for box in boxes.order_by("secret_expires_on", "pk"):
        if box.secret_expires_on is not None:
            yield _item(box, box.secret_expires_on)


def secrets_visible_to(
    user: User, first: date, last: date, keys: Collection[str] | None, *, backwards: bool = False
) -> Iterable[ExpiringItem]:
    if not (user.is_staff and user.has_perm(CHANGE)):
        return []
    items = [item for item in secrets_due(first, last) if keys is None or item.key in keys]
    return sorted(items, key=lambda item: item.sort_key, reverse=backwards)


def told_of_secrets(keys: Collection[str]) -> dict[str, set[int]]:
    """All who may change mailboxes are told of each."""
    people = {user.pk for user in _menders()}
    return dict.fromkeys(keys, people)


def _item(box: Mailbox, ends: date) -> ExpiringItem:
    return ExpiringItem(
        key=f"mailbox:{box.pk}", version=ends.isoformat(),
        title=_("Secret of the mailbox %(address)s") % {"address": box.address},
        detail=_("Client secret with which service orders are fetched"),
        expires_on=ends,
        url=reverse("admin:tickets_mailbox_change", args=[box.pk]),
        advice=_("Create a new one at the provider of the mailbox and enter it here."),
    )  # fmt: skip
