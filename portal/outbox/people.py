"""Whom mails are about, so that erasure finds them: whoever they were sent to.

Text stays seven days and subjects thirty, so there is never much to look through.
"""

import re
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from portal.outbox import mail
from portal.outbox.models import Entry
from portal.vault.services import VaultError

_OVER = (Entry.Status.DONE, Entry.Status.FAILED, Entry.Status.CANCELLED)


def marked(people: Iterable[int]) -> str:
    """Keys of people as ``Entry.about`` holds them: ``,3,14,``."""
    keys = ",".join(map(str, dict.fromkeys(people)))
    return f",{keys}," if keys else ""


def forget(pk: int, *, addresses: Collection[str], proven: str, at: datetime) -> None:
    """Erasure of a person: mail to them that waits is taken back, and every text about them wiped.

    ``addresses`` are all that the person typed; all mail to the ``proven`` one ("" if none) is
    about them. What others still wait for is sent first: ``wipe`` finds it later. Joins the
    caller's transaction.
    """
    if proven:
        _mark(Entry.objects.filter(kind=Entry.Kind.MAIL, recipient=proven.lower()), pk)
    mine = about(pk).filter(recipient__in=[address.lower() for address in addresses])
    mine.filter(status=Entry.Status.PENDING).update(status=Entry.Status.CANCELLED, done_at=at)
    wipe(pk)


def forget_named(pk: int, *, pattern: str) -> None:
    """Find and wipe mail that names the person, though ``about`` does not say so: what was written
    before that was kept, and lists in which the person is one of many.

    ``pattern``: a regular expression for what the person is called by.
    """
    mails = Entry.objects.filter(kind=Entry.Kind.MAIL)
    _mark(mails.filter(pk__in=_naming(mails, pattern)), pk)
    wipe(pk)


def wipe(pk: int) -> bool:
    """Wipe what is over of all that is about this person; whether something still waits."""
    found = about(pk)
    found.filter(status__in=_OVER).update(recipient="", sealed=None, name="", error="", about="")
    return found.exclude(status__in=_OVER).exists()


def about(pk: int) -> QuerySet[Entry]:
    """What was written to this person or names them."""
    return Entry.objects.filter(about__contains=f",{pk},")


def _mark(found: QuerySet[Entry], pk: int) -> None:
    for entry in found.exclude(about__contains=f",{pk},").only("about"):
        entry.about = marked([*map(int, filter(None, entry.about.split(","))), pk])
        entry.save(update_fields=["about"])


def _naming(mails: QuerySet[Entry], pattern: str) -> list[int]:
    """Mails whose recipient, subject, error or text names the person."""
    words = re.compile(pattern, re.IGNORECASE)
    named = Q(name__iregex=pattern) | Q(recipient__iregex=pattern) | Q(error__iregex=pattern)
    found = [*mails.filter(named).values_list("pk", flat=True)]
    for entry in mails.exclude(sealed=None).exclude(pk__in=found).iterator(chunk_size=500):
        try:
            message = mail.opened(entry)
        except VaultError:
            continue  # nobody can read it
        if message and words.search(f"{message.text}\n{message.reply_to}"):
            found.append(entry.pk)
    return found
