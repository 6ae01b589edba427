"""The day's reminders: what reached a threshold is noted once, and each person gets one mail.

One transaction writes the day's run, what is told and to whom, and a job per person, so a run that
dies leaves nothing and one that comes twice does nothing. The job writes what the person may still
see.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.outbox.registry import job
from portal.outbox.services import enqueue_job, enqueue_mail
from portal.reminders.models import Run, Told
from portal.reminders.registry import Thing, Watch, watches
from portal.reminders.services import AFTERWARDS, AHEAD, dismissed
from portal.reminders.words import remaining

LISTED = 60  # a mail names so many things and counts the rest
_CHUNK = 500
_WEEK = timedelta(days=7)


def remind(*, at: datetime) -> int:
    """The reminders of the civil day of ``at`` (Brasília), once; how many things were told."""
    day = timezone.localdate(at)
    if Run.objects.filter(day=day).exists():
        return 0
    try:
        with transaction.atomic():
            run = Run.objects.create(day=day, at=at)  # a second worker waits here, and fails
            for watch in watches().values():
                if watch.prepare:
                    watch.prepare(at)
            run.told = sum(_tell_of(watch, day) for watch in watches().values())
            _wake_people(day)
            run.digest = _wake_staff(day)
            run.save(update_fields=["told", "digest"])
    except IntegrityError:
        if Run.objects.filter(day=day).exists():
            return 0
        raise
    return run.told


def _tell_of(watch: Watch, day: date) -> int:
    """Note every thing that reached a threshold it was not told at."""
    count = 0
    things = iter(watch.due(day - AFTERWARDS, day + AHEAD))
    while chunk := list(islice(things, _CHUNK)):
        rows = list(_new(watch, chunk, day))
        Told.objects.bulk_create(rows)
        people = watch.people({row.key for row in rows})
        through = Told.people.through
        through.objects.bulk_create(
            (
                through(told_id=row.pk, user_id=pk)
                for row in rows
                for pk in set(people.get(row.key, ()))
            ),
            batch_size=_CHUNK,
        )
        count += len(rows)
    return count


def _new(watch: Watch, things: list[Thing], day: date) -> Iterator[Told]:
    told = Told.objects.filter(watch=watch.name, key__in={thing.key for thing in things})
    known = set(told.values_list("key", "version", "threshold"))
    for thing in things:
        threshold = watch.threshold((thing.expires_on - day).days)
        if threshold is None or (mark := (thing.key, thing.version, threshold)) in known:
            continue
        known.add(mark)
        yield Told(
            watch=watch.name, key=thing.key, version=thing.version, threshold=threshold, day=day,
            expires_on=thing.expires_on,
        )  # fmt: skip


def _wake_people(day: date) -> None:
    told = Told.people.through.objects.filter(told__day=day)
    for pk in told.values_list("user_id", flat=True).distinct().order_by("user_id"):
        enqueue_job("reminders.tell", key=f"reminders:{pk}:{day}", user=pk, day=day.isoformat())


def _wake_staff(day: date) -> bool:
    """Once a week, on Mondays or as soon as the last digest is a week old."""
    recent = Run.objects.filter(digest=True, day__gt=day - _WEEK, day__lt=day)
    if recent.exists() and day.weekday() != 0:
        return False
    for user in User.objects.filter(is_staff=True, is_active=True, email__isnull=False).order_by(
        "pk"
    ):
        if any(_gets_digest(user, watch) for watch in watches().values()):
            enqueue_job(
                "reminders.digest", key=f"reminders-digest:{user.pk}:{day}", user=user.pk,
                day=day.isoformat(),
            )  # fmt: skip
    return True


def _gets_digest(user: User, watch: Watch) -> bool:
    return bool(watch.staff_permission) and user.has_perm(watch.staff_permission)


@job("reminders.tell", attempts=5, atomic=True)
def tell(*, user: int, day: str) -> None:
    """Write to ``user`` about what was told on ``day`` (ISO 8601), as far as they see it now."""
    person = User.objects.filter(pk=user, is_active=True, email__isnull=False).first()
    if person is None:
        return
    on = date.fromisoformat(day)
    found = sorted(_told_to(person, on), key=lambda thing: (thing.expires_on, thing.title))
    if found:
        enqueue_mail(
            to=person.email or "", template="reminders", key=f"mail:reminders:{user}:{day}",
            context={"name": person.first_name, **_listed(found, on)},
        )  # fmt: skip


def _told_to(person: User, on: date) -> Iterator[Thing]:
    silent = dismissed(person)
    for watch in watches().values():
        told = Told.objects.filter(watch=watch.name, day=on, people=person)
        marks = set(told.values_list("key", "version"))
        if not marks:
            continue
        keys = {key for key, _version in marks}
        for thing in watch.mine(person, on - AFTERWARDS, on + AHEAD, keys):
            mark = (thing.key, thing.version)
            if mark in marks and (watch.name, *mark) not in silent:
                yield thing


@job("reminders.digest", attempts=5, atomic=True)
def digest(*, user: int, day: str) -> None:
    """Everything of every client that ends within 60 days of ``day``, to one of the staff."""
    person = User.objects.filter(
        pk=user, is_active=True, is_staff=True, email__isnull=False
    ).first()
    if person is None:
        return
    on = date.fromisoformat(day)
    parts = [
        {"label": watch.label, "url": watch.list_url, **_listed(things, on)}
        for watch in watches().values()
        if _gets_digest(person, watch) and (things := list(watch.due(on, on + AHEAD)))
    ]
    if parts:
        enqueue_mail(
            to=person.email or "", template="reminders_digest",
            key=f"mail:reminders-digest:{user}:{day}",
            context={
                "name": person.first_name, "parts": parts, "total": sum(p["total"] for p in parts)
            },
        )  # fmt: skip


def _listed(things: Iterable[Thing], on: date) -> dict[str, Any]:
    every = list(things)
    rows = [{"thing": t, "when": remaining((t.expires_on - on).days)} for t in every[:LISTED]]
    return {
        "rows": rows, "total": len(every), "more": len(every) - len(rows), "first": rows[0],
        "advice": list(dict.fromkeys(t.advice for t in every if t.advice)),
    }  # fmt: skip
