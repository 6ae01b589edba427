"""Putting mail and jobs into the outbox: rows of the caller's own transaction."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit.services import record
from portal.outbox import breaker, mail, people, wake
from portal.outbox.models import Entry
from portal.outbox.registry import jobs, tell_owner
from portal.transitions import advance

BACKLOG = timedelta(minutes=10)


class NotPaused(Exception):
    """Mail is not waiting for the mail server."""


def enqueue_mail(
    *,
    to: str,
    template: str,
    context: dict[str, Any],
    key: str,
    at: datetime | None = None,
    message_id: str = "",
    about: Iterable[int] = (),
    **others: Any,
) -> Entry | None:
    """Write a mail, to be sent after the commit (or at ``at``); None when ``key`` was used before.

    Until ``at`` the mail can be taken back: see ``cancel_mail``.

    The mail is rendered now, in the portal's language, from the templates that ``mail.render``
    finds: what is sent is what was true then. Answers go to ``reply_to``, by default to the provider;
    ``headers``, ``automatic`` and ``invite``: see ``mail.Message``. ``message_id``: where the mail has one of its own.
    ``about``: keys of the users whom it is written to or names, for whoever must find them. The
    portal's own mails always say it, ``()`` where it is nobody: tests/portal/test_mail_about.py.
    """
    if Entry.objects.filter(key=key).exists():
        return None
    message = mail.render(template, context, **others)
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return _insert(
        Entry(
            kind=Entry.Kind.MAIL, key=key, name=message.subject[:120], recipient=to.strip().lower(),
            message_id=message_id or f"<{uuid.uuid4().hex}@{host}>", sealed=mail.sealed(message, key),
            due_at=at or timezone.now(), about=people.marked(about),
        )
    )  # fmt: skip


def enqueue_job(
    name: str, *, key: str, at: datetime | None = None, **arguments: Any
) -> Entry | None:
    """Write a job, to be run after the commit (or at ``at``); None when ``key`` was used before.

    ``arguments`` are JSON: keys, never objects, never secrets. LookupError for an unknown job.
    """
    if name not in jobs:
        raise LookupError(f"No job is called {name!r}.")
    if Entry.objects.filter(key=key).exists():
        return None
    return _insert(
        Entry(
            kind=Entry.Kind.JOB,
            key=key,
            name=name,
            arguments=arguments,
            due_at=at or timezone.now(),
        )
    )


@transaction.atomic
def retry(entry: Entry, *, at: datetime, request: HttpRequest | None = None) -> None:
    """Give an entry that was given up another round of attempts. Raises IllegalTransition."""
    advance(
        entry, to=Entry.Status.PENDING, only_if={"status": Entry.Status.FAILED},
        attempts=0, due_at=at, done_at=None, error="",
    )  # fmt: skip
    record("outbox.retried", target=entry, request=request)
    transaction.on_commit(partial(wake.deliver, entry.pk), robust=True)


@transaction.atomic
def cancel(entry: Entry, *, at: datetime, request: HttpRequest | None = None) -> None:
    """Take back an entry that waits or was given up. Raises IllegalTransition.

    Whoever waits for a job is told, as when it is given up.
    """
    waited = entry.status == Entry.Status.PENDING
    advance(
        entry, to=Entry.Status.CANCELLED, only_if={"status": entry.status}, done_at=at
    )  # fmt: skip
    if waited and entry.kind == Entry.Kind.JOB:
        tell_owner(entry.name, entry.arguments)
    record("outbox.cancelled", target=entry, request=request)


@transaction.atomic
def ask_mail_server(*, at: datetime, request: HttpRequest | None = None) -> None:
    """Have the mail server asked now, by one mail; the others follow once it answers.

    Mail that failed before does not wait for its next attempt. Raises NotPaused.
    """
    if not breaker.ask_at(at):
        raise NotPaused(_("The mail server answers again: e-mails are leaving."))
    tried = Entry.objects.filter(kind=Entry.Kind.MAIL, status=Entry.Status.PENDING, attempts__gt=0)
    tried.filter(due_at__gt=at).update(due_at=at)
    record("outbox.mail_server_asked", request=request, at=at)
    transaction.on_commit(wake.sweep, robust=True)


def cancel_mail(keys: Collection[str], *, at: datetime) -> set[str]:
    """Take back those mails that still wait; joins the caller's transaction.

    Returns the keys of all that are cancelled. The others have been sent, or are being sent:
    their readers may be written a correction.
    """
    mails = Entry.objects.filter(kind=Entry.Kind.MAIL, key__in=keys)
    mails.filter(status=Entry.Status.PENDING).update(status=Entry.Status.CANCELLED, done_at=at)
    return set(mails.filter(status=Entry.Status.CANCELLED).values_list("key", flat=True))


def is_worked_off(at: datetime) -> bool:
    """Whether nothing that is due has waited for more than ``BACKLOG``."""
    waiting = Entry.objects.filter(status=Entry.Status.PENDING, due_at__lt=at - BACKLOG)
    return not waiting.exists()


def clock_is_right(at: datetime) -> bool:
    """Whether ``at`` is not before what has happened already, by more than a minute."""
    newest = Entry.objects.order_by("-pk").values_list("created_at", flat=True).first()
    return newest is None or newest <= at + timedelta(minutes=1)


def nothing_leaves() -> bool:
    """Whether mail stays on this machine, to be read in the outbox."""
    return bool(settings.EMBEDDED and not settings.EMAIL_URL)


def reads_are_free() -> bool:
    """Whether whoever sees the outbox may read its mail: nobody real is written to."""
    return bool(settings.DEMO)


def may_read(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether the user may read the text of mail."""
    return reads_are_free() or bool(getattr(user, "is_superuser", False))


def links_are_live() -> bool:
    """Whether mail is shown with its links, which open accounts: in the demonstration only, and
    there too not where a mail server takes it to people."""
    return bool(settings.DEMO and not settings.EMAIL_URL)


def may_open_links(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether the user may have the links shown, after proving again who they are: administrators,
    where no mail leaves this machine and nobody would get them otherwise."""
    return nothing_leaves() and bool(getattr(user, "is_superuser", False))


def _insert(entry: Entry) -> Entry | None:
    """Of two transactions with one key the second waits for the first, and then adds nothing."""
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:
        return None
    if entry.due_at <= timezone.now():
        transaction.on_commit(partial(wake.deliver, entry.pk), robust=True)
    return entry
