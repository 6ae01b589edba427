"""The reminders of a day: each item that reached a threshold is noted, each person gets one mail.

One transaction writes the day's run, the reminders with their recipients, and a job per person. A
run that dies leaves nothing, and a second run of the day does nothing. The job mails what the
person may still see.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.outbox.services import enqueue_job, enqueue_mail
from portal.reminders.labels import remaining
from portal.reminders.models import Run, SentReminder
from portal.reminders.registry import ExpiringItem, Watch, watches
from portal.reminders.services.listing import AFTERWARDS, AHEAD, dismissed

LISTED = 60  # a mail names so many items and counts the rest
_CHUNK = 500
_WEEK = timedelta(days=7)


def remind(*, at: datetime) -> int:
    """Send the reminders of the civil day of ``at`` (Brasília), once; returns how many items."""
    day = timezone.localdate(at)
    if Run.objects.filter(day=day).exists():
        return 0
    try:
        with transaction.atomic():
            run = Run.objects.create(day=day, at=at)  # a second worker waits here, and fails
            for watch in watches().values():
                if watch.prepare:
                    watch.prepare(at)
            run.sent = sum(_note_reminders(watch, day) for watch in watches().values())
            _enqueue_mails(day)
            run.digest = _enqueue_digests(day)
            run.save(update_fields=["sent", "digest"])
    except IntegrityError:
        if Run.objects.filter(day=day).exists():
            return 0
        raise
    return run.sent


def _note_reminders(watch: Watch, day: date) -> int:
    """Note every item that reached a threshold for the first time, and whom to tell."""
    count = 0
    items = iter(watch.due(day - AFTERWARDS, day + AHEAD))
    while chunk := list(islice(items, _CHUNK)):
        rows = list(_new_reminders(watch, chunk, day))
        SentReminder.objects.bulk_create(rows)
        people = watch.recipients({row.key for row in rows})
        through = SentReminder.people.through
        through.objects.bulk_create(
            (
                through(sentreminder_id=row.pk, user_id=pk)
                for row in rows
                for pk in set(people.get(row.key, ()))
            ),
            batch_size=_CHUNK,
        )
        count += len(rows)
    return count


def _new_reminders(watch: Watch, items: list[ExpiringItem], day: date) -> Iterator[SentReminder]:
    sent = SentReminder.objects.filter(watch=watch.name, key__in={item.key for item in items})
    known = set(sent.values_list("key", "version", "threshold"))
    for item in items:
        threshold = watch.threshold((item.expires_on - day).days)
        if threshold is None or (mark := (item.key, item.version, threshold)) in known:
            continue
        known.add(mark)
        yield SentReminder(
            watch=watch.name, key=item.key, version=item.version, threshold=threshold, day=day,
            expires_on=item.expires_on,
        )  # fmt: skip


def _enqueue_mails(day: date) -> None:
    sent = SentReminder.people.through.objects.filter(sentreminder__day=day)
    for pk in sent.values_list("user_id", flat=True).distinct().order_by("user_id"):
        enqueue_job("reminders.tell", key=f"reminders:{pk}:{day}", user=pk, day=day.isoformat())


def _enqueue_digests(day: date) -> bool:
    """Once a week, on Mondays or as soon as the last digest is a week old."""
    recent = Run.objects.filter(digest=True, day__gt=day - _WEEK, day__lt=day)
    if recent.exists() and day.weekday() != 0:
        return False
    enqueue_job("reminders.digest", key=f"reminders-digest:{day}", day=day.isoformat())
    return True


def _gets_digest(user: User, watch: Watch) -> bool:
    return bool(watch.staff_permission) and user.has_perm(watch.staff_permission)


def mail_person(pk: int, *, on: date) -> None:
    """Mail this person what was noted for them on that day, as far as they may see it now."""
    person = User.objects.filter(pk=pk, is_active=True, email__isnull=False).first()
    if person is None:
        return
    found = sorted(_sent_to(person, on), key=lambda item: (item.expires_on, item.title))
    if found:
        enqueue_mail(
            to=person.email or "", template="reminders", key=f"mail:reminders:{pk}:{on}", about=[pk],
            context={"name": person.first_name, **_listed(found, on)},
        )  # fmt: skip


def _sent_to(person: User, on: date) -> Iterator[ExpiringItem]:
    silent = dismissed(person)
    for watch in watches().values():
        sent = SentReminder.objects.filter(watch=watch.name, day=on, people=person)
        marks = set(sent.values_list("key", "version"))
        if not marks:
            continue
        keys = {key for key, _version in marks}
        for item in watch.visible_to(person, on - AFTERWARDS, on + AHEAD, keys):
            mark = (item.key, item.version)
            if mark in marks and (watch.name, *mark) not in silent:
                yield item


def mail_digests(*, on: date) -> None:
    """Mail the staff everything of every client that ends within 60 days of that day, read once."""
    parts = [
        (
            watch,
            {"label": watch.label, "url": watch.list_url, **_listed(watch.due(on, on + AHEAD), on)},
        )
        for watch in watches().values()
        if watch.staff_permission
    ]
    staff = User.objects.filter(is_staff=True, is_active=True, email__isnull=False)
    for person in staff.order_by("pk"):
        mine = [part for watch, part in parts if part["total"] and _gets_digest(person, watch)]
        if mine:
            enqueue_mail(
                to=person.email or "", template="reminders_digest",
                key=f"mail:reminders-digest:{person.pk}:{on}", about=[person.pk],
                context={
                    "name": person.first_name, "parts": mine, "total": sum(p["total"] for p in mine)
                },
            )  # fmt: skip


def _listed(items: Iterable[ExpiringItem], on: date) -> dict[str, Any]:
    """The first items, and how many there are: they may be many, so no more are held."""
    rows: list[dict[str, Any]] = []
    advice: dict[str, None] = {}
    total = 0
    for total, item in enumerate(items, start=1):  # noqa: B007 - the last one is the count
        if len(rows) < LISTED:
            when = remaining((item.expires_on - on).days, is_end=item.is_end)
            rows.append({"item": item, "when": when})
        if item.advice:
            advice[item.advice] = None
    return {
        "rows": rows, "total": total, "more": total - len(rows), "first": rows[0] if rows else None,
        "advice": list(advice),
    }  # fmt: skip
