"""Fifteen days before the end: one mail per person with all of it, once, to those who can see it."""

import os
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from invoices.jobs import send_expiry_notice
from invoices.models import Document, DocumentEvent
from invoices.services import expiry_notice
from invoices.tasks import send_expiry_notices
from portal.outbox import mail
from portal.outbox.delivery import sweep
from portal.outbox.models import Entry
from tests.factories import Cast, make_document, make_grant, make_user

DAY = timedelta(days=1)


def ending_in(cast: Cast, days: float, unit: object = None, **values: object) -> Document:
    """A document of Ana's unit whose end is ``days`` away."""
    end = timezone.now() + timedelta(days=days)
    values = {"expires_at": end, "available_until": end.date(), **values}
    return make_document(unit or cast.unit_a1, **values)  # type: ignore[arg-type]


def announce(at: datetime | None = None) -> int:
    """The nightly run, and then the jobs that it left in the outbox."""
    count = expiry_notice.announce(at=at or timezone.now())
    for entry in Entry.objects.filter(kind="job", status="pending"):
        send_expiry_notice(**entry.arguments)
        Entry.objects.filter(pk=entry.pk).update(status="done")
    return count


def mails() -> dict[str, mail.Message]:
    """What each address was sent."""
    entries = Entry.objects.filter(kind="mail").order_by("pk")
    found = {entry.recipient: mail.opened(entry) for entry in entries}
    assert len(found) == len(entries), "one mail per person"
    return found  # type: ignore[return-value]


def test_one_mail_per_person_with_everything_that_ends_soon(cast: Cast):
    first, second = ending_in(cast, 10, number="A-1"), ending_in(cast, 14, number="A-2")
    assert announce() == 2
    message = mails()[cast.ana.email]  # type: ignore[index]
    assert set(mails()) == {cast.ana.email}
    assert message.subject.startswith("2 documentos sairão do portal em breve")
    for text in (message.text, message.html):
        assert "A-1" in text
        assert "A-2" in text
        assert first.get_absolute_url() in text
        assert f"{second.available_until:%d/%m/%Y}" in text


def test_one_document_is_announced_in_the_singular(cast: Cast):
    document = ending_in(cast, 3)
    announce()
    subject = mails()[cast.ana.email].subject  # type: ignore[index]
    assert subject == f"Um documento fica disponível só até {document.available_until:%d/%m/%Y}"


def test_only_what_ends_within_fifteen_days_is_announced(cast: Cast):
    ending_in(cast, 16)
    ending_in(cast, -1)
    ending_in(cast, 5, legal_hold=True, legal_hold_reason="Processo 1")
    ending_in(cast, 5, status="withdrawn")
    ending_in(cast, 5, status="replaced")
    assert announce() == 0
    assert not Entry.objects.exists()


def test_nobody_is_told_twice(cast: Cast):
    document = ending_in(cast, 10)
    announce()
    assert announce() == 0
    assert announce(timezone.now() + DAY) == 0
    assert len(mails()) == 1
    assert DocumentEvent.objects.filter(document=document, kind="noticed").count() == 1


def test_the_next_day_brings_only_what_is_new(cast: Cast):
    ending_in(cast, 10, number="OLD")
    announce()
    Entry.objects.filter(kind="mail").delete()
    ending_in(cast, 12, number="NEW")
    announce()
    text = mails()[cast.ana.email].text  # type: ignore[index]
    assert "NEW" in text
    assert "OLD" not in text


def test_each_person_is_told_of_what_they_can_see_and_no_more(cast: Cast):
    ending_in(cast, 10, number="DE-ANA")
    ending_in(cast, 10, cast.unit_a2, number="DA-FILIAL")
    ending_in(cast, 10, cast.unit_b1, number="DE-BRUNO")
    announce()
    found = mails()
    assert set(found) == {cast.ana.email, cast.bruno.email}
    assert "DE-ANA" in found[cast.ana.email].text  # type: ignore[index]
    assert "DA-FILIAL" not in found[cast.ana.email].text  # type: ignore[index]
    assert "DE-ANA" not in found[cast.bruno.email].text  # type: ignore[index]


def test_the_inactive_the_revoked_and_the_staff_are_not_told(cast: Cast):
    make_grant(make_user("Ines", is_active=False), cast.unit_a1)
    make_grant(make_user("Sergio", is_staff=True), cast.unit_a1)
    revoked = make_grant(make_user("Rita"), cast.unit_a1)
    revoked.revoked_at = timezone.now() - DAY
    revoked.save()
    make_grant(make_user("Sem Correio", email=None), cast.unit_a1)
    ending_in(cast, 10)
    announce()
    assert set(mails()) == {cast.ana.email}


def test_who_lost_the_grant_before_the_mail_was_written_gets_none(cast: Cast):
    ending_in(cast, 10)
    expiry_notice.announce(at=timezone.now())
    cast.ana.grants.update(revoked_at=timezone.now())
    announce()
    assert mails() == {}


def test_what_nobody_opened_or_saved_is_marked(cast: Cast):
    taken, left = ending_in(cast, 10, number="LEVADO"), ending_in(cast, 10, number="DEIXADO")
    seen = DocumentEvent.Kind
    DocumentEvent.objects.create(document=taken, kind=seen.DOWNLOADED, at=timezone.now())
    DocumentEvent.objects.create(document=left, kind=seen.SEEN, at=timezone.now())
    announce()
    text = mails()[cast.ana.email].text  # type: ignore[index]
    marked = [line for line in text.splitlines() if "AINDA NÃO FOI ABERTO NEM SALVO" in line]
    assert len(marked) == 1
    assert "DEIXADO" in marked[0]


def test_a_long_list_is_cut_and_counted(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(expiry_notice, "LISTED", 2)
    for _i in range(5):
        ending_in(cast, 10)
    announce()
    message = mails()[cast.ana.email]  # type: ignore[index]
    assert "e mais 3" in message.text
    assert message.subject.startswith("5 documentos")


def test_the_task_and_the_outbox_do_it_by_themselves(cast: Cast):
    ending_in(cast, 10)
    send_expiry_notices()
    assert Entry.objects.get().kind == "job"
    sweep()
    assert set(mails()) == {cast.ana.email}


def test_events_are_written_in_chunks(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(expiry_notice, "_CHUNK", 2)
    for _i in range(5):
        ending_in(cast, 10)
    assert announce() == 5
    assert DocumentEvent.objects.filter(kind="noticed").count() == 5


@pytest.mark.django_db(transaction=True)
def test_killed_before_the_commit_everybody_is_told_the_next_time(cast: Cast):
    ending_in(cast, 10)
    connection.close()
    if (pid := os.fork()) == 0:
        connection.commit = lambda: os._exit(9)  # type: ignore[method-assign]
        expiry_notice.announce(at=timezone.now())
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert not Document.objects.filter(noticed_at__isnull=False).exists()
    assert not Entry.objects.exists()
    assert announce() == 1
    assert set(mails()) == {cast.ana.email}
