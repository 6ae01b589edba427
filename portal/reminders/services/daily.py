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


def mail_digest(pk: int, *, on: date) -> None:
    """Mail one of the staff everything of every client that ends within 60 days of that day."""
    person = User.objects.filter(pk=pk, is_active=True, is_staff=True, email__isnull=False).first()
    if person is None:
        return
    parts = [
        {"label": watch.label, "url": watch.list_url, **_listed(items, on)}
        for watch in watches().values()
        if _gets_digest(person, watch) and (items := list(watch.due(on, on + AHEAD)))
    ]
    if parts:
        enqueue_mail(
            to=person.email or "", template="reminders_digest",
            key=f"mail:reminders-digest:{pk}:{on}", about=[pk],
            context={
                "name": person.first_name, "parts": parts, "total": sum(p["total"] for p in parts)
            },
        )  # fmt: skip


def _listed(items: Iterable[ExpiringItem], on: date) -> dict[str, Any]:
    every = list(items)
    rows = [{"item": i, "when": remaining((i.expires_on - on).days)} for i in every[:LISTED]]
    return {
        "rows": rows, "total": len(every), "more": len(every) - len(rows), "first": rows[0],
        "advice": list(dict.fromkeys(i.advice for i in every if i.advice)),
    }  # fmt: skip
