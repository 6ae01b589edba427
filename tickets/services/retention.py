"""What is removed for good: orders that nobody confirmed, and those past their retention.

Each chunk is one transaction: rows, tombstones, audit, and the word that files are to be removed.
A run that is killed loses the chunk it was at, and the next run does it again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from portal.audit.services import NewEvent, record_many
from portal.files.services import delete_later
from portal.periods import add_months
from tickets.models import Attachment, Department, IncomingMail, RemovedTicket, Ticket

CHUNK = 100  # orders in one transaction
MOST = 20_000  # orders in one run; the next night goes on
MAIL_KEPT = timedelta(days=180)  # that never became part of an order

Status = Ticket.Status
M = TypeVar("M", bound=Model)


def forget_unconfirmed(*, at: datetime) -> int:
    """Remove what strangers typed and did not confirm in time. How many orders."""
    over = Ticket.objects.filter(status=Status.UNCONFIRMED, confirm_until__lte=at)
    return _in_chunks(over.order_by("confirm_until", "pk"), _delete)


def remove_old(*, at: datetime) -> int:
    """Remove the orders of each department whose retention is over. How many."""

    def remove(tickets: Sequence[Ticket]) -> None:
        _remove(tickets, at)

    return sum(
        _in_chunks(found.select_related("topic"), remove)
        for department in Department.objects.all()
        for found in over_on(department, at)
    )


def over_on(department: Department, at: datetime) -> tuple[QuerySet[Ticket], QuerySet[Ticket]]:
    """Orders of the department past their retention: calendar months after the civil day on which
    they were closed (31 August and six months: gone on 1 March); and spam, from its last word."""
    end = _end_of_last_day(department, at)
    of_department = Ticket.objects.filter(department=department)
    closed = of_department.filter(status=Status.CLOSED, closed_at__lt=end)
    spam = of_department.filter(status=Status.SPAM, last_activity__lt=end)
    return closed.order_by("closed_at", "pk"), spam.order_by("last_activity", "pk")


def _end_of_last_day(department: Department, at: datetime) -> datetime:
    """The end of the latest day whose orders are over."""
    today, months = at.astimezone(department.tz).date(), department.retention_months
    day: date = add_months(today, -months)
    while add_months(day, months) >= today:
        day -= timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time.min, department.tz)


def forget_old_mail(*, at: datetime) -> int:
    """Remove mail that was kept and is in no order: automatic, discarded, come back. How many."""
    done = (IncomingMail.Status.TAKEN, IncomingMail.Status.IGNORED, IncomingMail.Status.DISCARDED)
    over = IncomingMail.objects.filter(status__in=done, entry=None, done_at__lt=at - MAIL_KEPT)

    def remove(mails: Sequence[IncomingMail]) -> None:
        _delete_mails(IncomingMail.objects.filter(pk__in=[mail.pk for mail in mails]))

    return _in_chunks(over.order_by("pk"), remove, by_key=True)


def _in_chunks(
    found: QuerySet[M], act: Callable[[Sequence[M]], None], *, by_key: bool = False
) -> int:
    """Lock and act on one chunk after the other, until none is left or it was enough for once.
    ``by_key``: they are in the order of their keys, and each chunk begins where the last ended."""
    count = last = 0
    while count < MOST:
        with transaction.atomic():
            rest = found.filter(pk__gt=last) if by_key else found
            chunk = list(rest.select_for_update(skip_locked=True, of=("self",))[:CHUNK])
            if not chunk:
                break
            act(chunk)
        count, last = count + len(chunk), chunk[-1].pk
    return count


def _delete(tickets: Sequence[Ticket]) -> None:
    """The rows with all that hangs on them, their files, and the mails that they came by."""
    keys = [ticket.pk for ticket in tickets]
    files = Attachment.objects.filter(entry__ticket__in=keys)
    delete_later(*dict.fromkeys(files.values_list("file_key", flat=True)))
    _delete_mails(IncomingMail.objects.filter(entry__ticket__in=keys))
    Ticket.objects.filter(pk__in=keys).delete()


def _delete_mails(mails: QuerySet[IncomingMail]) -> None:
    found = dict(mails.values_list("pk", "file_key"))
    delete_later(*found.values())
    IncomingMail.objects.filter(pk__in=found).delete()


def _remove(tickets: Sequence[Ticket], at: datetime) -> None:
    stones = _tombstones(tickets, at)
    RemovedTicket.objects.bulk_create(stones)
    _delete(tickets)
    by_company: dict[int | None, list[RemovedTicket]] = defaultdict(list)
    for stone in stones:
        by_company[stone.company_id].append(stone)
    record_many(
        [
            NewEvent(
                "tickets.removed", company=company,
                data={
                    "tickets": len(theirs), "first": theirs[0].number, "last": theirs[-1].number,
                    "sha256": digest(f"{stone.number} {stone.sha256}" for stone in theirs),
                },
            )
            for company, theirs in by_company.items()
        ],
        at=at,
    )  # fmt: skip


def _tombstones(tickets: Sequence[Ticket], at: datetime) -> list[RemovedTicket]:
    lines: dict[int, list[str]] = defaultdict(list)
    files: dict[int, int] = defaultdict(int)
    keys = [ticket.pk for ticket in tickets]
    entries = Ticket.objects.filter(pk__in=keys).values_list(
        "pk", "entries__kind", "entries__at", "entries__text"
    )
    for pk, kind, when, text in entries.order_by("entries__at", "entries__pk"):
        if kind is not None:
            lines[pk].append(f"{kind} {when.isoformat()} {digest([text])}")
    entry_counts = {pk: len(found) for pk, found in lines.items()}
    held = Attachment.objects.filter(entry__ticket__in=keys).order_by("pk")
    for pk, sha256 in held.values_list("entry__ticket", "sha256"):
        lines[pk].append(f"file {sha256}")
        files[pk] += 1
    return [
        RemovedTicket(
            number=ticket.number, department_id=ticket.department_id,
            topic=ticket.topic.name if ticket.topic else "", company_id=ticket.company_id,
            created_at=ticket.created_at, closed_at=ticket.closed_at,
            entries=entry_counts.get(ticket.pk, 0), files=files[ticket.pk],
            sha256=digest(lines[ticket.pk]), removed_at=at,
        )
        for ticket in tickets
    ]  # fmt: skip


def digest(lines: Iterable[str]) -> str:
    """SHA-256 over the lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
