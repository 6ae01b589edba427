"""What is removed for good, when exactly, and what is left of it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from portal.audit.models import AuditEvent
from portal.files.models import DoomedFile
from portal.files.services import claim, store
from tests.factories import Cast
from tests.factories.tickets import make_department, make_ticket, said
from tickets.models import Entry, EntryText, IncomingMail, RemovedTicket, Ticket
from tickets.services import life, retention
from tickets.services.opening import CONFIRM_WITHIN, NewTicket, Person, open_unconfirmed
from tickets.services.thread import NewFile

# Files are stored outside of transactions.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
SP = ZoneInfo("America/Sao_Paulo")
MINUTE = timedelta(minutes=1)


def a_file() -> NewFile:
    made = store(b"%PDF-1.4 nota", prefix="tickets", name="nota.pdf")
    return NewFile(
        key=made.key,
        name="nota.pdf",
        content_type=made.content_type,
        size=made.size,
        sha256=made.sha256,
    )


def a_mail(at: datetime, **values: Any) -> IncomingMail:
    made = store(b"From: eliane@exemplo.com.br\n\nOi", prefix="tickets/mail", name="a.eml")
    row = IncomingMail.objects.create(
        file_key=made.key, size=made.size, sha256=made.sha256, fetched_at=at, done_at=at,
        status="taken", sender="eliane@exemplo.com.br", **values,
    )  # fmt: skip
    claim(made.key)
    return row


def closed(at: datetime, cast: Cast, **values: Any) -> Ticket:
    """An order with a file, come by mail, closed at this instant."""
    words = said("Segue a nota.", files=[a_file()], mail=a_mail(at))
    ticket = make_ticket(at=at - timedelta(days=1), said=words, **values)
    life.close(ticket, by=cast.atendente, reason="Feito", at=at)
    return ticket


def files() -> list[str]:
    keys = [*Entry.objects.values_list("attachments__file_key", flat=True)]
    return [key for key in keys if key and default_storage.exists(key)]


def test_what_nobody_confirmed_is_gone_to_the_minute_with_its_files():
    at = timezone.now()
    new = NewTicket(
        source=Ticket.Source.WEB, department=make_department(), subject="IPVA",
        person=Person(name="Eva", email="eva@exemplo.com.br"), said=said("Oi", files=[a_file()]),
    )  # fmt: skip
    open_unconfirmed(new, at=at)
    (key,) = files()
    assert retention.forget_unconfirmed(at=at + CONFIRM_WITHIN - MINUTE) == 0
    assert retention.forget_unconfirmed(at=at + CONFIRM_WITHIN) == 1
    assert not Ticket.objects.exists()
    assert not default_storage.exists(key)
    assert retention.forget_unconfirmed(at=at + CONFIRM_WITHIN) == 0


@pytest.mark.parametrize(
    ("closed_on", "months", "last_day"),
    [
        (datetime(2026, 8, 31, 23, 59, tzinfo=SP), 6, datetime(2027, 2, 28, tzinfo=SP)),
        (datetime(2023, 8, 31, 12, 0, tzinfo=SP), 6, datetime(2024, 2, 29, tzinfo=SP)),
        (datetime(2024, 2, 29, 12, 0, tzinfo=SP), 12, datetime(2025, 2, 28, tzinfo=SP)),
        (datetime(2026, 1, 15, 0, 0, tzinfo=SP), 1, datetime(2026, 2, 15, tzinfo=SP)),
    ],
)
def test_retention_is_calendar_months_and_ends_with_a_civil_day(
    cast: Cast, closed_on: datetime, months: int, last_day: datetime
):
    ticket = closed(closed_on, cast, department=make_department(retention_months=months))
    tomorrow = last_day + timedelta(days=1)
    before, _spam = retention.over_on(ticket.department, tomorrow - MINUTE)
    after, _spam = retention.over_on(ticket.department, tomorrow)
    assert not before.exists()
    assert after.get() == ticket


def test_what_is_removed_leaves_a_tombstone_and_an_audit_event_and_no_word(cast: Cast):
    at = datetime(2026, 1, 15, 12, 0, tzinfo=SP)
    ticket = closed(
        at, cast, department=make_department(retention_months=1), company=cast.company_a
    )
    young = make_ticket(department=ticket.department, at=at)
    (key, mail_key) = (*files(), IncomingMail.objects.get().file_key)
    assert retention.remove_old(at=at + timedelta(days=40)) == 1
    assert Ticket.objects.get() == young
    stone = RemovedTicket.objects.get()
    assert (stone.number, stone.entries, stone.files) == (ticket.number, 1, 1)
    assert (stone.company, stone.closed_at) == (cast.company_a, at)
    assert not default_storage.exists(key)
    assert not default_storage.exists(mail_key)
    assert not IncomingMail.objects.exists()
    assert not EntryText.objects.matching("segue nota").exists()
    event = AuditEvent.objects.get(action="tickets.removed")
    assert event.data["tickets"] == 1
    assert event.data["first"] == ticket.number


def test_spam_goes_as_long_after_its_last_word(cast: Cast):
    at = datetime(2026, 1, 15, 12, 0, tzinfo=SP)
    ticket = make_ticket(department=make_department(retention_months=1), at=at)
    life.mark_spam(ticket, by=cast.atendente, at=at)
    assert retention.remove_old(at=at + timedelta(days=30)) == 0
    assert retention.remove_old(at=at + timedelta(days=40)) == 1


def test_killed_in_the_middle_it_loses_nothing_and_the_next_run_ends_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
):
    at = datetime(2026, 1, 15, 12, 0, tzinfo=SP)
    department = make_department(retention_months=1)
    tickets = [closed(at + timedelta(minutes=n), cast, department=department) for n in range(3)]
    monkeypatch.setattr(retention, "CHUNK", 1)
    delete, calls = retention._delete, []

    def killed_in_the_second(chunk: list[Ticket]) -> None:
        calls.append(chunk)
        delete(chunk)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(retention, "_delete", killed_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        retention.remove_old(at=at + timedelta(days=40))
    assert Ticket.objects.count() == len(files()) == 2
    assert RemovedTicket.objects.count() == 1
    assert not DoomedFile.objects.exists()
    monkeypatch.setattr(retention, "_delete", delete)
    assert retention.remove_old(at=at + timedelta(days=40)) == 2
    assert {stone.number for stone in RemovedTicket.objects.all()} == {t.number for t in tickets}


def test_mail_that_is_in_no_order_goes_after_half_a_year(cast: Cast):
    at = timezone.now()
    automatic, unreadable = a_mail(at), a_mail(at)
    IncomingMail.objects.filter(pk=unreadable.pk).update(status="unreadable", done_at=None)
    in_order = closed(at, cast).entries.get().mail
    assert retention.forget_old_mail(at=at + retention.MAIL_KEPT) == 0
    assert retention.forget_old_mail(at=at + retention.MAIL_KEPT + MINUTE) == 1
    assert set(IncomingMail.objects.all()) == {unreadable, in_order}
    assert not default_storage.exists(automatic.file_key)
