"""Taking entries from the outbox: a lease, the work, and a note of how it went.

Whoever takes an entry holds it for LEASE and renews that from a thread while the work lasts, so
jobs may be long and the entry of a killed worker is free again LEASE after its last sign of life.
Every note is conditional on the attempt being ours: a worker that was believed dead and comes
back changes nothing.
"""

import logging
import random
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation

from portal.outbox import breaker, mail
from portal.outbox.models import WORKER_LOST, Entry
from portal.outbox.patience import wait_at_most
from portal.outbox.registry import GiveUp, Job, jobs, tell_owner
from portal.transitions import IllegalTransition, advance

logger = logging.getLogger(__name__)
Rows = QuerySet[Entry]

LEASE = timedelta(seconds=20)
CLOCK_TOLERANCE = timedelta(minutes=1)
HEARTBEAT = 5.0  # seconds: three may be missed
BEAT_PATIENCE = 2.0  # seconds that a beat waits for another writer; then the next one tries
MAIL_ATTEMPTS = 14  # about twelve hours
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 7200.0  # seconds
CHUNK = 100
SWEEP_FOR = 45.0  # seconds of taking new entries in one sweep


def deliver(pk: int) -> bool:
    """Take a waiting entry, if it is due and nobody has it, and do it. False if there was none.

    A mail also waits while the mail server does not answer.
    """
    now = timezone.now()
    waiting = Entry.objects.filter(pk=pk, status=Entry.Status.PENDING, due_at__lte=now)
    if waiting.filter(kind=Entry.Kind.MAIL).exists() and not breaker.may_try(now):
        return False
    taken = waiting.update(
        status=Entry.Status.RUNNING, attempts=F("attempts") + 1, leased_until=now + LEASE
    )
    if not taken:
        return False
    entry = Entry.objects.get(pk=pk)
    try:
        with _heartbeat(entry), translation.override(settings.LANGUAGE_CODE):
            _do(entry)
    except IllegalTransition:
        logger.warning("Outbox entry %s was taken over while it was being done.", pk)
    except Exception as error:  # noqa: BLE001  (whatever a job raises is noted and tried again)
        _note_failure(entry, error)
    return True


def sweep(*, seconds: float = SWEEP_FOR) -> int:
    """Free what dead workers held, then do everything that is due: jobs, then mail, oldest first.

    Returns how many were done. Stops taking more after ``seconds``: the next sweep goes on.
    Any number may run at once.
    """
    end, done = time.monotonic() + seconds, 0
    while pks := _due():
        for pk in pks:
            if time.monotonic() > end:
                return done
            done += deliver(pk)
    return done


def free_abandoned(now: datetime) -> int:
    """Entries whose worker died wait again, or are given up after too many deaths; how many.

    A lease that ends later than any given now was given before the clock went back.
    """
    impossible = Q(leased_until__gt=now + 2 * LEASE)  # clocks of several machines differ
    held = Entry.objects.filter(Q(leased_until__lt=now) | impossible, status=Entry.Status.RUNNING)
    freed = 0
    for entry in held.order_by("leased_until")[: CHUNK * 10]:
        condition = {"attempts": entry.attempts, "leased_until": entry.leased_until}
        error = f"{WORKER_LOST}: the worker was stopped in the middle of it"
        try:
            if entry.attempts >= _limit(entry):
                _give_up(entry, error, condition)
            else:
                # It stays the oldest, so it comes before all that was due after it.
                advance(entry, to=Entry.Status.PENDING, only_if=condition,
                        leased_until=None, error=error)  # fmt: skip
        except IllegalTransition:
            continue  # it finished, or another sweep was faster
        freed += 1
    return freed


def bring_back(now: datetime) -> None:
    """What was written before the clock went back is due as long after ``now`` as it was then."""
    ahead = Entry.objects.filter(
        status=Entry.Status.PENDING, due_at__gt=now, created_at__gt=now + CLOCK_TOLERANCE
    )
    for entry in ahead[: CHUNK * 10]:
        wait = entry.due_at - entry.created_at
        Entry.objects.filter(pk=entry.pk, status=Entry.Status.PENDING).update(
            due_at=now + max(wait, timedelta(0)), created_at=now
        )


def prune(now: datetime) -> tuple[int, int]:
    """Wipe the text of mail sent 7 days ago; remove what was done 30 (or given up 90) days ago.

    What was cancelled counts as done.

    Returns (wiped, removed). A key that was removed could be used again.
    """
    over = Entry.objects.filter(status__in=[Entry.Status.DONE, Entry.Status.CANCELLED])
    sent = over.filter(done_at__lt=now - timedelta(days=7))
    old = over.filter(done_at__lt=now - timedelta(days=30))
    failed = Entry.objects.filter(status=Entry.Status.FAILED, done_at__lt=now - timedelta(days=90))
    wiped = _in_chunks(sent.filter(sealed__isnull=False), lambda rows: rows.update(sealed=None))
    removed = _in_chunks(old, lambda rows: rows.delete()[0])
    return wiped, removed + _in_chunks(failed, lambda rows: rows.delete()[0])


def pause_after(attempts: int) -> timedelta:
    """30 s, 1 min, 2 min … 2 h, each up to a fifth shorter or longer so that they spread."""
    seconds = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311


def _due() -> list[int]:
    now = timezone.now()
    free_abandoned(now)
    bring_back(now)
    waiting = Entry.objects.filter(status=Entry.Status.PENDING, due_at__lte=now)
    in_order = waiting.order_by("due_at", "pk").values_list("pk", flat=True)
    found = list(in_order.filter(kind=Entry.Kind.JOB)[:CHUNK])
    if not found and not breaker.is_paused(now):
        found = list(in_order.filter(kind=Entry.Kind.MAIL)[:CHUNK])
    return found


def _do(entry: Entry) -> None:
    if entry.kind == Entry.Kind.MAIL:
        mail.send(entry)
        breaker.note_answer()
        _note_done(entry)
        return
    job = _job(entry)
    if job.atomic:
        with transaction.atomic():
            job.run(**entry.arguments)
            _note_done(entry)
    else:
        job.run(**entry.arguments)
        _note_done(entry)


def _job(entry: Entry) -> Job:
    try:
        return jobs[entry.name]
    except KeyError:  # during an update an old worker may meet a new job: not final
        raise LookupError(f"No job is called {entry.name!r} here.") from None


def _note_done(entry: Entry) -> None:
    advance(
        entry, to=Entry.Status.DONE, only_if={"attempts": entry.attempts},
        done_at=timezone.now(), leased_until=None, error="",
    )  # fmt: skip


def _note_failure(entry: Entry, error: Exception) -> None:
    """Wait and try again, or give up. What a person reads is in the row; the log has no content."""
    logger.warning("Outbox entry %s, attempt %s: %s", entry.pk, entry.attempts, _place_of(error))
    final = isinstance(error, GiveUp) or mail.is_final(error)
    if entry.kind == Entry.Kind.MAIL:
        _tell_breaker(error)
    text = _readable(error, entry)
    condition = {"attempts": entry.attempts}
    try:
        if final or entry.attempts >= _limit(entry):
            _give_up(entry, text, condition)
        else:
            advance(entry, to=Entry.Status.PENDING, only_if=condition, leased_until=None,
                    due_at=timezone.now() + pause_after(entry.attempts), error=text)  # fmt: skip
    except IllegalTransition:
        logger.warning("Outbox entry %s was taken over while it was being done.", entry.pk)


def _tell_breaker(error: Exception) -> None:
    if breaker.is_outage(error):
        breaker.note_outage(timezone.now())
    elif isinstance(error, SMTPException):
        breaker.note_answer()


def _give_up(entry: Entry, text: str, condition: Mapping[str, object]) -> None:
    """The note and what the job's owner does about it are one transaction."""
    with transaction.atomic():
        advance(entry, to=Entry.Status.FAILED, only_if=condition, leased_until=None,
                done_at=timezone.now(), error=text)  # fmt: skip
        if entry.kind == Entry.Kind.JOB:
            tell_owner(entry.name, entry.arguments)
    logger.error("Outbox entry %s was given up after %s attempts.", entry.pk, entry.attempts)


def _limit(entry: Entry) -> int:
    if entry.kind == Entry.Kind.MAIL:
        return MAIL_ATTEMPTS
    return jobs[entry.name].attempts if entry.name in jobs else MAIL_ATTEMPTS


def _readable(error: Exception, entry: Entry) -> str:
    text = f"{type(error).__name__}: {error}"
    text = text.replace(entry.recipient, "…") if entry.recipient else text
    return text.replace("\0", "")[:500]


def _place_of(error: Exception) -> str:
    """``ValueError at portal/outbox/mail.py:12``: where it happened, without its words."""
    frames = traceback.extract_tb(error.__traceback__)
    return (
        f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}"
        if frames
        else type(error).__name__
    )


def _in_chunks(rows: Rows, act: Callable[[Rows], int]) -> int:
    done = 0
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[: CHUNK * 10]):
        done += act(Entry.objects.filter(pk__in=pks))
    return done


@contextmanager
def _heartbeat(entry: Entry) -> Iterator[None]:
    """Renew the lease from a thread while the work lasts; short work never starts a connection."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(entry.pk, entry.attempts, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(pk: int, attempts: int, stop: threading.Event) -> None:
    ours = Entry.objects.filter(pk=pk, status=Entry.Status.RUNNING, attempts=attempts)
    try:
        while not stop.wait(HEARTBEAT):
            try:
                # Whoever ends the work waits for this beat, and may itself hold the lock that the beat
                # waits for. The database's own patience would be the length of that wait.
                wait_at_most(BEAT_PATIENCE)
                if not ours.update(leased_until=timezone.now() + LEASE):
                    return  # done, or taken over
            except DatabaseError:  # SQLite: the job itself may be writing; the next beat may get in
                connection.close()
    finally:
        connection.close()
