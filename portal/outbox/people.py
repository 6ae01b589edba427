"""Whom mails are about, so that erasure finds them: whoever they were sent to.

Text stays seven days and subjects thirty, so there is never much to look through.
"""

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


def forget(pk: int, *, addresses: Collection[str], words: Collection[str], at: datetime) -> None:
    """Erasure of a person: mail to them that waits is taken back, and every text about them wiped.

    ``words`` (name, proven e-mail and CPF, …) also find what names nobody in ``about``: what was
    written before that was kept, and lists in which the person is one of many. ``addresses`` are
    all that the person typed. What others still wait for is sent first: ``wipe`` finds it later.
    Joins the caller's transaction.
    """
    mails = Entry.objects.filter(kind=Entry.Kind.MAIL)
    _mark(mails.filter(pk__in=_naming(mails, words)), pk)
    mine = about(pk).filter(recipient__in=[address.lower() for address in addresses])
    mine.filter(status=Entry.Status.PENDING).update(status=Entry.Status.CANCELLED, done_at=at)
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


def _naming(mails: QuerySet[Entry], words: Collection[str]) -> list[int]:
    """Mails to one of these words, or whose subject or text holds one."""
    wanted = [word.casefold() for word in words if word]
    subjects = Q()
    for word in wanted:
        subjects |= Q(name__icontains=word) | Q(recipient=word)
    found = [*mails.filter(subjects).values_list("pk", flat=True)] if wanted else []
    for entry in mails.exclude(sealed=None).exclude(pk__in=found).iterator(chunk_size=500):
        try:
            message = mail.opened(entry)
        except VaultError:
            continue  # nobody can read it
        if message and any(w in f"{message.text}{message.reply_to}".casefold() for w in wanted):
            found.append(entry.pk)
    return found
