"""What the outbox promises: written with its cause, done once, tried again, given up in the open."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import connections, transaction
from django.utils import timezone

from portal import desks
from portal.outbox import delivery, mail, registry, services, wake
from portal.outbox.models import Entry, MailPause
from portal.outbox.services import enqueue_job, enqueue_mail
from portal.transitions import IllegalTransition
from tests.racing import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.both(of="portal.outbox.patience")

Jobs = Callable[..., list[Any]]


@pytest.fixture
def a_job(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Registers a job for one test; the list that it returns receives each call's argument."""
    monkeypatch.setattr(registry, "jobs", registry.jobs)

    def register(
        name: str = "test.job", raises: Exception | None = None, **options: Any
    ) -> list[Any]:
        calls: list[Any] = []

        def run(value: Any = None) -> None:
            calls.append(value)
            if raises:
                raise raises

        monkeypatch.setitem(registry.jobs, name, registry.Job(
            name, run, options.get("attempts", 3), options.get("atomic", False), options.get("gave_up"),
        ))  # fmt: skip
        return calls

    return register


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The wake-ups that would go to the broker."""
    heard: list[int] = []
    wake.bell.reset()
    monkeypatch.setattr(wake, "_send", lambda task, args: heard.append(args[0] if args else 0))
    yield heard
    wake.bell.reset()


def queued(name: str, **options: Any) -> Entry:
    """A job that was written for sure."""
    entry = enqueue_job(name, **options)
    assert entry
    return entry


def make_due() -> None:
    Entry.objects.filter(status="pending").update(due_at=timezone.now())


# Writing


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_there_if_and_only_if_its_cause_is(a_job, rings):
    a_job()
    with transaction.atomic():
        enqueue_job("test.job", key="lost")
        transaction.set_rollback(True)
    with transaction.atomic():
        kept = queued("test.job", key="kept")
        assert rings == [], "nobody is woken before the commit"
    assert [*Entry.objects.values_list("key", flat=True)] == ["kept"]
    assert rings == [kept.pk]


@pytest.mark.django_db
def test_a_key_counts_once(a_job):
    a_job()
    assert enqueue_job("test.job", key="k", value=1) is not None
    assert enqueue_job("test.job", key="k", value=2) is None
    assert enqueue_mail(to="a@exemplo.com.br", template="_test", context={}, key="k") is None
    assert Entry.objects.get().arguments == {"value": 1}


@pytest.mark.django_db(transaction=True)
def test_a_key_that_somebody_else_inserts_at_the_same_moment_counts_once(a_job, monkeypatch):
    a_job()
    enqueue_job("test.job", key="k")
    monkeypatch.setattr(type(Entry.objects.all()), "exists", lambda self: False)
    with transaction.atomic():
        assert enqueue_job("test.job", key="k") is None
        assert enqueue_job("test.job", key="other") is not None, "the transaction goes on"
    assert Entry.objects.count() == 2


@pytest.mark.django_db
def test_an_unknown_job_is_refused_when_it_is_written():
    with pytest.raises(LookupError):
        enqueue_job("test.nobody", key="k")


@pytest.mark.django_db
def test_two_functions_cannot_share_a_name(a_job):
    a_job("test.job")
    with pytest.raises(ValueError, match="Two jobs"):
        registry.job("test.job")(test_two_functions_cannot_share_a_name)


@pytest.mark.django_db
def test_an_entry_for_later_waits_and_wakes_nobody(
    a_job, rings, django_capture_on_commit_callbacks
):
    calls = a_job()
    with django_capture_on_commit_callbacks(execute=True):
        entry = queued("test.job", key="k", at=timezone.now() + timedelta(hours=1))
    assert delivery.sweep() == 0
    assert not delivery.deliver(entry.pk)
    make_due()
    assert delivery.sweep() == 1
    assert (calls, rings) == ([None], [])


# Waking


@pytest.mark.django_db(transaction=True)
def test_a_thousand_entries_in_one_transaction_ring_fifty_times_and_once_for_all(a_job, rings):
    a_job()
    with transaction.atomic():
        for number in range(300):
            enqueue_job("test.job", key=f"k{number}")
    assert rings.count(0) == 1
    assert len(rings) == wake.BURST + 1


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_costs_one_try_and_the_sweep_does_the_work(a_job, monkeypatch, caplog):
    calls, tries = a_job(), []

    def down(task, args):
        tries.append(args)
        raise ConnectionError("redis://:secret@host is down")

    monkeypatch.setattr(wake, "_send", down)
    with caplog.at_level(logging.WARNING):
        for number in range(20):
            enqueue_job("test.job", key=f"k{number}")
    assert len(tries) == 1
    assert "secret" not in caplog.text
    assert delivery.sweep() == 20
    assert len(calls) == 20


# Doing


@pytest.mark.django_db
def test_a_job_is_called_with_its_arguments_and_done_once(a_job):
    calls = a_job()
    entry = queued("test.job", key="k", value=[1, "ação"])
    assert delivery.deliver(entry.pk)
    assert not delivery.deliver(entry.pk)
    entry.refresh_from_db()
    assert calls == [[1, "ação"]]
    assert (entry.status, entry.attempts, entry.leased_until) == ("done", 1, None)


@pytest.mark.django_db
def test_a_failure_waits_and_is_tried_again_until_given_up(a_job, caplog):
    told: list[Any] = []
    calls = a_job(
        raises=ValueError("CPF 318604"), attempts=3, gave_up=lambda **kw: told.append(kw["value"])
    )
    entry = queued("test.job", key="k", value=7)
    for attempt in (1, 2):
        delivery.sweep()
        entry.refresh_from_db()
        assert (entry.status, entry.attempts, told) == ("pending", attempt, [])
        assert entry.due_at > timezone.now()
        assert entry.error == "ValueError: CPF 318604"
        make_due()
    delivery.sweep()
    entry.refresh_from_db()
    assert (entry.status, entry.attempts, calls, told) == ("failed", 3, [7, 7, 7], [7])
    assert "318604" not in caplog.text
    assert "ValueError at" in caplog.text


@pytest.mark.django_db
def test_a_job_that_says_it_can_never_succeed_is_given_up_at_once(a_job):
    a_job(raises=registry.GiveUp("no such batch"))
    entry = queued("test.job", key="k")
    delivery.sweep()
    entry.refresh_from_db()
    assert (entry.status, entry.attempts) == ("failed", 1)


@pytest.mark.django_db
def test_a_job_that_this_worker_does_not_know_yet_is_tried_again(a_job, monkeypatch):
    a_job()
    entry = queued("test.job", key="k")
    monkeypatch.delitem(registry.jobs, "test.job")
    delivery.sweep()
    entry.refresh_from_db()
    assert (entry.status, entry.attempts) == ("pending", 1)


@pytest.mark.django_db
def test_pauses_grow_to_two_hours_and_differ():
    for attempt, seconds in ((1, 30), (2, 60), (3, 120), (9, 7200), (30, 7200)):
        pauses = {delivery.pause_after(attempt).total_seconds() for _ in range(20)}
        assert len(pauses) > 1
        assert all(0.8 * seconds <= pause <= 1.2 * seconds for pause in pauses)


@pytest.mark.django_db
def test_an_atomic_jobs_effect_goes_with_its_note(a_job):
    """Somebody else took the entry over while it was being done: the effect must not count."""
    a_job()
    entry = queued("test.job", key="k")

    def overtaken(value: Any = None) -> None:
        Entry.objects.create(kind="job", key="effect", name="effect")
        Entry.objects.filter(pk=entry.pk).update(attempts=2)

    registry.jobs["test.job"] = registry.Job("test.job", overtaken, 3, True, None)
    delivery.deliver(entry.pk)
    assert not Entry.objects.filter(key="effect").exists()
    entry.refresh_from_db()
    assert (entry.status, entry.attempts) == ("running", 1)


@pytest.mark.django_db
def test_an_owner_that_fails_on_being_told_holds_nothing_up(a_job):
    def defective() -> None:
        raise KeyError("x")

    a_job(raises=registry.GiveUp("no"), gave_up=defective)
    others = a_job("test.other")
    entry = queued("test.job", key="k")
    killed(queued("test.job", key="k2"), seconds_ago=31, attempts=3)
    enqueue_job("test.other", key="o")
    delivery.sweep()
    entry.refresh_from_db()
    assert (entry.status, len(others)) == ("failed", 1)
    assert Entry.objects.get(key="k2").status == "failed"


# Dead workers


def killed(entry: Entry, *, seconds_ago: int, attempts: int = 1) -> None:
    """As a worker leaves an entry that was killed in the middle of it."""
    lease = timezone.now() + delivery.LEASE - timedelta(seconds=seconds_ago)
    Entry.objects.filter(pk=entry.pk).update(
        status="running", attempts=attempts, leased_until=lease
    )


@pytest.mark.django_db
def test_the_entry_of_a_killed_worker_is_taken_again_within_half_a_minute(a_job, settings):
    calls = a_job()
    entry = queued("test.job", key="k")
    killed(entry, seconds_ago=1)
    assert delivery.sweep() == 0, "it may still be alive"
    killed(entry, seconds_ago=31)
    assert delivery.sweep() == 1
    entry.refresh_from_db()
    assert (entry.status, entry.attempts, len(calls)) == ("done", 2, 1)
    beat = desks.merged("beat")["outbox-sweep"]["schedule"]
    assert delivery.LEASE.total_seconds() + beat <= 30


@pytest.mark.django_db
def test_a_job_that_kills_every_worker_is_given_up(a_job):
    told: list[Any] = []
    a_job(attempts=3, gave_up=lambda: told.append(1))
    entry = queued("test.job", key="k")
    killed(entry, seconds_ago=31, attempts=3)
    delivery.sweep()
    entry.refresh_from_db()
    assert (entry.status, told) == ("failed", [1])
    assert "WorkerLost" in entry.error


@pytest.mark.django_db
def test_a_worker_that_was_believed_dead_changes_nothing_when_it_comes_back(a_job, monkeypatch):
    a_job()
    entry = queued("test.job", key="k")

    def slow() -> None:
        killed(entry, seconds_ago=31)
        delivery.free_abandoned(timezone.now())
        registry.jobs["test.job"] = registry.Job("test.job", lambda: None, 3, False, None)
        assert delivery.deliver(entry.pk)

    registry.jobs["test.job"] = registry.Job("test.job", slow, 3, False, None)
    delivery.deliver(entry.pk)
    entry.refresh_from_db()
    assert (entry.status, entry.attempts) == ("done", 2)


@pytest.mark.django_db(transaction=True)
def test_a_long_job_keeps_its_lease(a_job, monkeypatch):
    monkeypatch.setattr(delivery, "HEARTBEAT", 0.05)
    a_job()
    entry = queued("test.job", key="k")
    leases: list[Any] = []

    def another_lease() -> Any:
        lease = Entry.objects.get(pk=entry.pk).leased_until
        return lease if lease not in leases else None

    def long() -> None:
        while len(leases) < 3:
            leases.append(wait_until(another_lease, "another lease"))

    registry.jobs["test.job"] = registry.Job("test.job", long, 3, False, None)
    delivery.deliver(entry.pk)
    assert leases == sorted(leases)
    entry.refresh_from_db()
    assert (entry.status, entry.leased_until) == ("done", None)


@pytest.mark.django_db(transaction=True)
def test_whoever_holds_the_lock_that_a_beat_waits_for_gets_it_back_soon(a_job, monkeypatch):
    """It waited as long as the database does: 20 s, in tests 600."""
    monkeypatch.setattr(delivery, "HEARTBEAT", 0.01)
    monkeypatch.setattr(delivery, "BEAT_PATIENCE", 0.05)
    a_job()
    entry = queued("test.job", key="k")
    refused = threading.Event()
    database = type(connections["default"])
    close = database.close

    def note(wrapper: Any) -> None:
        refused.set()
        close(wrapper)

    monkeypatch.setattr(database, "close", note)

    def long() -> None:
        with transaction.atomic():
            Entry.objects.filter(pk=entry.pk).update(error="held")
            assert refused.wait(PATIENCE_SECONDS), "the beat still waits"

    registry.jobs["test.job"] = registry.Job("test.job", long, 3, False, None)
    delivery.deliver(entry.pk)
    entry.refresh_from_db()
    assert entry.status == "done"


# Mail


@pytest.fixture
def a_template(settings, tmp_path) -> Callable[..., None]:
    """Puts templates of a mail called _test in place."""

    def put(text: str, html: str = "") -> None:
        folder = tmp_path / "templates" / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "_test.txt").write_text(text)
        if html:
            (folder / "_test.html").write_text(html)
        options = settings.TEMPLATES[0]
        settings.TEMPLATES = [{**options, "DIRS": [tmp_path / "templates", *options["DIRS"]]}]

    return put


def send_one(context: dict[str, Any] | None = None, to: str = "ana@exemplo.com.br") -> Entry:
    entry = enqueue_mail(
        to=to, template="_test", context=context or {}, key=f"m{Entry.objects.count()}"
    )
    assert entry is not None
    return entry


def text_of(entry: Entry) -> mail.Message:
    message = mail.opened(entry)
    assert message
    return message


@pytest.mark.django_db
def test_a_mail_arrives_as_text_and_page_with_the_provider_and_its_headers(cast, a_template):
    a_template("Subject: Fatura de {{ name }}\n\nOlá, {{ name }}.\n\n\n\n{{ base_url }}/x\n")
    entry = send_one({"name": "Água & Luz <S.A.>"})
    delivery.sweep()
    message: Any = django_mail.outbox[0]
    assert message.subject == "Fatura de Água & Luz <S.A.>"
    assert message.body == "Olá, Água & Luz <S.A.>.\n\nhttp://127.0.0.1:8000/x\n"
    page = message.alternatives[0][0]
    assert "Água &amp; Luz &lt;S.A.&gt;" in page
    assert cast.provider.name in page
    assert cast.provider.accent_colour in page
    assert 'href="http://127.0.0.1:8000/x"' in page
    headers = message.message()
    assert headers["Message-ID"] == entry.message_id
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Reply-To"] == cast.provider.email
    assert headers["From"].startswith('"Servi') or "=?utf-8?" in headers["From"]


@pytest.mark.django_db
def test_a_page_of_its_own_takes_the_place_of_the_text(a_template):
    a_template(
        "Subject: x\n\ntexto",
        '{% extends "mail/_layout.html" %}{% block content %}<b>página</b>{% endblock %}',
    )
    send_one()
    delivery.sweep()
    sent: Any = django_mail.outbox[0]
    assert "<b>página</b>" in sent.alternatives[0][0]


@pytest.mark.django_db
def test_a_broken_page_is_an_error_and_not_silently_left_out(a_template):
    a_template("Subject: x\n\ntexto", '{% extends "mail/_nowhere.html" %}')
    with pytest.raises(Exception, match="_nowhere"):
        send_one()


@pytest.mark.django_db
def test_a_subject_cannot_bring_a_header(a_template):
    a_template("Subject: Olá {{ name }}\n\nx")
    entry = send_one({"name": "Ana\r\nBcc: todos@exemplo.com.br"})
    assert text_of(entry).subject == "Olá Ana"
    delivery.sweep()
    assert django_mail.outbox[0].message()["Bcc"] is None


@pytest.mark.django_db
def test_a_template_without_subject_is_refused(a_template):
    a_template("Olá")
    with pytest.raises(ValueError, match="Subject"):
        send_one()


@pytest.mark.django_db
def test_the_text_is_sealed_in_the_row(a_template):
    a_template("Subject: x\n\nhttps://x/convite/{{ token }}")
    entry = send_one({"token": "s3cr3t"})
    row: Any = Entry.objects.filter(pk=entry.pk).values().get()
    assert "s3cr3t" not in repr(
        {name: bytes(v) if name == "sealed" else v for name, v in row.items()}
    )
    assert "s3cr3t" in text_of(entry).text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SMTPServerDisconnected("gone"), "pending"),
        (ConnectionRefusedError(), "pending"),
        (TimeoutError(), "pending"),
        (SMTPRecipientsRefused({"ana@exemplo.com.br": (450, b"busy")}), "pending"),
        (SMTPRecipientsRefused({"ana@exemplo.com.br": (550, b"no such user")}), "failed"),
        (SMTPDataError(554, b"spam"), "failed"),
    ],
)
def test_a_mail_server_that_is_down_is_asked_again_and_one_that_refuses_is_not(
    a_template, monkeypatch, error, status, caplog
):
    a_template("Subject: x\n\nx")

    def refuse(*args: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(django_mail.EmailMultiAlternatives, "send", refuse)
    entry = send_one()
    delivery.sweep()
    entry.refresh_from_db()
    assert entry.status == status
    assert "ana@exemplo" not in entry.error
    assert "ana@exemplo" not in caplog.text


@pytest.mark.django_db
def test_mail_is_tried_for_about_half_a_day():
    waits = [min(30 * 2 ** (n - 1), 7200) for n in range(1, delivery.MAIL_ATTEMPTS)]
    assert 8 * 3600 < sum(waits) < 24 * 3600


@pytest.mark.django_db
def test_many_mails_in_one_transaction_take_four_queries_each(
    a_template, django_assert_max_num_queries
):
    a_template("Subject: x {{ n }}\n\nx")
    with transaction.atomic(), django_assert_max_num_queries(1210):
        for number in range(300):
            enqueue_mail(
                to=f"p{number}@exemplo.com.br", template="_test", context={}, key=f"m{number}"
            )
    assert delivery.sweep() == 300
    assert len(django_mail.outbox) == 300


# Looking after the table


@pytest.mark.django_db
def test_old_texts_are_wiped_and_old_entries_go(a_template):
    a_template("Subject: x\n\nx")
    now = timezone.now()
    for days, status in (
        (1, "done"),
        (8, "done"),
        (31, "done"),
        (31, "cancelled"),
        (31, "failed"),
        (91, "failed"),
        (400, "pending"),
    ):
        entry = send_one()
        Entry.objects.filter(pk=entry.pk).update(
            status=status, done_at=now - timedelta(days=days), key=f"{status}{days}"
        )
    assert delivery.prune(now) == (3, 3)
    kept = dict(Entry.objects.values_list("key", "sealed"))
    assert {key: bool(sealed) for key, sealed in kept.items()} == {
        "done1": True, "done8": False, "failed31": True, "pending400": True,
    }  # fmt: skip


@pytest.mark.django_db
def test_what_was_given_up_is_tried_anew_from_the_first_attempt(a_job):
    calls = a_job(raises=registry.GiveUp())
    entry = queued("test.job", key="k")
    delivery.sweep()
    entry.refresh_from_db()
    services.retry(entry, at=timezone.now())
    delivery.sweep()
    entry.refresh_from_db()
    assert (len(calls), entry.attempts) == (2, 1)


# Taking back


@pytest.mark.django_db
def test_a_job_that_is_cancelled_does_not_run_and_its_owner_is_told(a_job):
    told: list[Any] = []
    calls = a_job(gave_up=lambda **kw: told.append(kw["value"]))
    entry = queued("test.job", key="k", value=7)
    services.cancel(entry, at=timezone.now())
    assert delivery.sweep() == 0
    assert (calls, told) == ([], [7])
    with pytest.raises(IllegalTransition):
        services.retry(entry, at=timezone.now())


@pytest.mark.django_db
def test_the_owner_of_a_job_that_was_given_up_is_not_told_again_when_it_is_cancelled(a_job):
    told: list[Any] = []
    a_job(raises=registry.GiveUp(), gave_up=lambda: told.append(1))
    entry = queued("test.job", key="k")
    delivery.sweep()
    entry.refresh_from_db()
    services.cancel(entry, at=timezone.now())
    assert (entry.status, told) == ("cancelled", [1])


@pytest.mark.django_db
def test_mails_for_later_are_taken_back_except_those_that_left(a_template):
    a_template("Subject: x\n\nx")
    later = timezone.now() + timedelta(minutes=5)
    for key in ("sent", "waits", "other"):
        enqueue_mail(to="a@exemplo.com.br", template="_test", context={}, key=key, at=later)
    Entry.objects.filter(key="sent").update(due_at=timezone.now())
    assert delivery.sweep() == 1
    for _again in range(2):
        assert services.cancel_mail(["sent", "waits"], at=timezone.now()) == {"waits"}
    make_due()
    assert delivery.sweep() == 1, "the other one"
    assert len(django_mail.outbox) == 2


# A mail server that does not answer


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Answers every mail with ``says``, if that is an error; the subjects that it was handed."""
    server: dict[str, Any] = {"says": TimeoutError(), "asked": []}

    def send(message: Any) -> None:
        server["asked"].append(message.subject)
        if server["says"]:
            raise server["says"]

    monkeypatch.setattr(django_mail.EmailMultiAlternatives, "send", send)
    return server


def pause_is_over() -> None:
    MailPause.objects.update(until=timezone.now())


@pytest.mark.django_db
def test_one_mail_waits_for_a_server_that_hangs_and_jobs_go_on(a_template, a_job, mail_server):
    a_template("Subject: x\n\nx")
    for _mail in range(30):
        send_one()
    calls = a_job()
    enqueue_job("test.job", key="after all mails")
    assert delivery.sweep() == 2
    assert (len(calls), len(mail_server["asked"])) == (1, 1)
    assert not delivery.deliver(Entry.objects.filter(kind="mail", attempts=0)[0].pk)
    assert Entry.objects.filter(status="pending", attempts=0).count() == 29, "no try is used up"


@pytest.mark.django_db
def test_jobs_are_done_before_mail_that_waited_longer(a_template, a_job, mail_server):
    a_template("Subject: x\n\nx")
    mail_server["says"] = None
    send_one()
    a_job()
    asked, sent_before = mail_server["asked"], []
    registry.jobs["test.job"] = registry.Job(
        "test.job", lambda: sent_before.append(len(asked)), 3, False, None
    )
    enqueue_job("test.job", key="k")
    delivery.sweep()
    assert (sent_before, len(asked)) == ([0], 1)


@pytest.mark.django_db
def test_after_the_pause_one_mail_asks_and_an_answer_lets_all_go(a_template, mail_server):
    a_template("Subject: x\n\nx")
    for _mail in range(5):
        send_one()
    lengths = []
    for attempt in range(1, 9):
        assert delivery.sweep() == 1
        assert len(mail_server["asked"]) == attempt
        pause = MailPause.objects.get()
        lengths.append(round((pause.until - timezone.now()).total_seconds(), -1))
        pause_is_over()
        Entry.objects.filter(status="pending").update(due_at=timezone.now())
    assert lengths == [30, 60, 120, 240, 480, 600, 600, 600]
    mail_server["says"] = None
    assert delivery.sweep() == 5
    assert not MailPause.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "stops_all"),
    [
        (ConnectionRefusedError(), True),
        (SMTPServerDisconnected("gone"), True),
        (SMTPDataError(421, b"closing"), True),
        (SMTPDataError(554, b"spam"), False),
        (SMTPRecipientsRefused({"ana@exemplo.com.br": (450, b"busy")}), False),
        (ValueError("the text of this mail was wiped"), False),
    ],
)
def test_what_concerns_one_mail_does_not_stop_the_others(a_template, mail_server, error, stops_all):
    a_template("Subject: x\n\nx")
    for _mail in range(3):
        send_one()
    mail_server["says"] = error
    delivery.sweep()
    assert len(mail_server["asked"]) == (1 if stops_all else 3)
    assert MailPause.objects.exists() == stops_all


# A clock that goes back


@pytest.mark.django_db
def test_an_hour_back_nothing_waits_for_an_hour(a_job, a_template, mail_server):
    """What was begun or written just before the change is neither held nor late."""
    a_template("Subject: x\n\nx")
    calls = a_job()
    hour = timedelta(hours=1)
    for key in ("held", "now", "later"):
        queued("test.job", key=key)
    send_one()
    ahead = timezone.now() + hour
    Entry.objects.update(created_at=ahead, due_at=ahead)
    Entry.objects.filter(key="later").update(due_at=ahead + hour)
    Entry.objects.filter(key="held").update(
        status="running", attempts=1, due_at=timezone.now(), leased_until=ahead + delivery.LEASE
    )
    MailPause.objects.create(pk=1, since=ahead, until=ahead + timedelta(minutes=5))
    mail_server["says"] = None
    assert delivery.sweep() == 3
    assert (len(calls), len(mail_server["asked"])) == (2, 1)
    later = Entry.objects.get(key="later")
    assert timedelta(minutes=59) < later.due_at - timezone.now() < timedelta(minutes=61)


@pytest.mark.django_db
def test_a_worker_whose_clock_is_some_seconds_ahead_keeps_its_lease(a_job):
    a_job()
    entry = queued("test.job", key="k")
    killed(entry, seconds_ago=-5)
    assert delivery.sweep() == 0
