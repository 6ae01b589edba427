"""Faults that must cost nothing: processes killed, servers gone or half dead, two at once."""

import os
import signal
import smtplib
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from portal.celery import app
from portal.outbox import delivery, registry, services, wake
from portal.outbox.models import Entry, MailPause
from portal.outbox.services import enqueue_job
from tests.racing import at_once, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]


@pytest.fixture(autouse=True)
def _rested_bell() -> Iterator[None]:
    wake.bell.reset()
    wake._line.cache_clear()
    yield
    wake.bell.reset()
    wake._line.cache_clear()


def queued(name: str, **options: Any) -> Entry:
    """A job that was written for sure."""
    entry = enqueue_job(name, **options)
    assert entry
    return entry


# The mail server


class SmtpServer(socketserver.ThreadingTCPServer):
    """Keeps what it accepts; when ``mute`` it accepts the message and then never says so."""

    daemon_threads = allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SmtpSession)
        self.mute = False
        self.goodbye: type[socketserver.BaseRequestHandler] | None = None
        self.accepted: list[bytes] = []

    @property
    def port(self) -> int:
        return self.server_address[1]


class SmtpSession(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.accepted.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                if self.server.mute:
                    self.rfile.read()  # until the client has gone away
                    return
            if word == b"QUIT" and self.server.goodbye:
                self.server.goodbye(self.request, self.client_address, self.server)
                return
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


@pytest.fixture
def smtp(settings) -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        settings.EMAIL_BACKEND = "portal.outbox.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server
        server.shutdown()


@pytest.fixture
def impatient(smtp: SmtpServer, monkeypatch) -> None:
    """Of a mute server only the last answer is not waited for: the others come, however late."""
    real = smtplib.SMTP.getreply

    def getreply(client: smtplib.SMTP) -> tuple[int, bytes]:
        reply = real(client)
        if smtp.mute and reply[0] == 354 and client.sock:
            client.sock.settimeout(0.1)
        return reply

    monkeypatch.setattr(smtplib.SMTP, "getreply", getreply)


@pytest.fixture
def a_mail(settings, tmp_path: Path) -> Callable[[], Entry]:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "_test.txt").write_text("Subject: Olá\n\nTexto\n")
    options = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**options, "DIRS": [tmp_path, *options["DIRS"]]}]

    def write() -> Entry:
        entry = services.enqueue_mail(
            to="ana@exemplo.com.br", template="_test", context={}, key="m"
        )
        assert entry
        return entry

    return write


def due_again(entry: Entry) -> None:
    """Its pause is over, and so is that of all mail."""
    Entry.objects.filter(pk=entry.pk).update(due_at=timezone.now())
    MailPause.objects.update(until=timezone.now())


@pytest.mark.usefixtures("impatient")
def test_a_server_that_accepts_and_then_times_out_gets_the_same_message_again(smtp, a_mail):
    entry = a_mail()
    smtp.mute = True
    delivery.sweep()
    entry.refresh_from_db()
    assert (entry.status, entry.attempts) == ("pending", 1)
    smtp.mute = False
    due_again(entry)
    delivery.sweep()
    entry.refresh_from_db()
    assert (entry.status, entry.attempts) == ("done", 2)
    wait_until(lambda: len(smtp.accepted) == 2, "both to have been read")
    first, second = (message_from_bytes(data) for data in smtp.accepted)
    assert first["Message-ID"] == second["Message-ID"] == entry.message_id


def test_a_mail_server_that_is_down_delays_the_mail(smtp, a_mail, settings):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = closed.getsockname()[1]
        entry = a_mail()
        delivery.sweep()
    entry.refresh_from_db()
    assert (entry.status, entry.error.partition(":")[0]) == ("pending", "ConnectionRefusedError")
    settings.EMAIL_PORT = smtp.port
    due_again(entry)
    delivery.sweep()
    assert len(smtp.accepted) == 1


def test_a_mail_server_that_hangs_is_asked_once_and_jobs_go_on(smtp, a_mail, settings, monkeypatch):
    """Five mails of ten seconds each kept a worker, and with it every job, for a minute."""
    assert django_settings.EMAIL_TIMEOUT in {None, 10}
    settings.EMAIL_TIMEOUT = 0.1
    done: list[int] = []
    run = registry.Job("test.job", lambda: done.append(1), 3, False, None)
    monkeypatch.setitem(registry.jobs, "test.job", run)
    asked = []
    monkeypatch.setattr(smtp, "process_request", lambda request, _from: asked.append(request))
    first = a_mail()
    for number in range(4):
        Entry.objects.create(kind="mail", key=f"m{number}", name="x", sealed=first.sealed)
    queued("test.job", key="k")
    delivery.sweep()
    assert (len(asked), len(done)) == (1, 1)
    assert MailPause.objects.exists()
    for connection_ in asked:
        connection_.close()


class TricklingSession(socketserver.BaseRequestHandler):
    """Sends a byte now and then, and never ends a line, until the client has gone away."""

    def handle(self) -> None:
        over = threading.Event()
        with suppress(OSError):
            while not over.wait(0.02):
                self.request.sendall(b"2")


def test_a_mail_server_that_trickles_is_left_at_the_deadline(smtp, a_mail, settings, monkeypatch):
    settings.EMAIL_TIMEOUT = 10
    monkeypatch.setattr("portal.outbox.smtp.DEADLINE", 0.3)
    smtp.RequestHandlerClass = TricklingSession
    entry = a_mail()
    delivery.sweep()
    entry.refresh_from_db()
    assert (entry.status, entry.error.partition(":")[0]) == ("pending", "TooSlow")
    assert MailPause.objects.exists()


def test_a_mail_that_was_taken_is_sent_though_the_server_trickles_its_goodbye(
    smtp, a_mail, monkeypatch
):
    monkeypatch.setattr("portal.outbox.smtp.DEADLINE", 0.3)
    smtp.goodbye = TricklingSession
    entry = a_mail()
    delivery.sweep()
    entry.refresh_from_db()
    assert (entry.status, len(smtp.accepted)) == ("done", 1)


def test_mail_is_sent_by_connections_that_have_an_end(tmp_path):
    code = "from django.conf import settings; print(settings.EMAIL_BACKEND)"
    environment = {
        **os.environ, "EMAIL_URL": "smtp+tls://u:p@mail.invalid:25", "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }  # fmt: skip
    found = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert found.strip() == "portal.outbox.smtp.EmailBackend"


# The broker


@pytest.mark.parametrize("answering", ["nobody listens", "it accepts and says nothing"])
def test_a_broker_that_is_gone_delays_a_request_by_seconds_at_most(monkeypatch, answering):
    monkeypatch.setitem(
        registry.jobs, "test.job", registry.Job("test.job", lambda: None, 3, False, None)
    )
    tries, real = [], wake._send

    def send(*call: Any) -> None:
        tries.append(call)
        real(*call)

    monkeypatch.setattr(wake, "_send", send)
    monkeypatch.setattr(wake, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    with socket.socket() as broker:
        broker.bind(("127.0.0.1", 0))
        if answering != "nobody listens":
            broker.listen()
        monkeypatch.setattr(app.conf, "broker_url", f"redis://127.0.0.1:{broker.getsockname()[1]}")
        monkeypatch.setattr(app.conf, "broker_write_url", app.conf.broker_url)
        for number in range(10):
            enqueue_job("test.job", key=f"k{number}")
    assert len(tries) == 1, "each takes as long as the broker is given to answer"
    assert wake.PATIENCE <= 1
    assert delivery.sweep() == 10


# Processes

WORKER = """
import os, sys, time, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from portal.outbox import delivery, registry
@registry.job("test.slow")
def slow(folder):
    open(os.path.join(folder, "started"), "w").close()
    time.sleep(60)
delivery.sweep()
"""


def test_a_job_whose_worker_is_killed_midway_is_done_by_the_next_one(monkeypatch, tmp_path):
    monkeypatch.setitem(
        registry.jobs, "test.slow", registry.Job("test.slow", lambda folder: None, 3, False, None)
    )
    entry = queued("test.slow", key="k", folder=str(tmp_path))
    name = str(connection.settings_dict["NAME"])
    environment = {**os.environ, "PYTHONPATH": str(django_settings.BASE_DIR)}
    worker = subprocess.Popen([sys.executable, "-c", WORKER, name], env=environment)
    begun = tmp_path / "started"
    wait_until(lambda: begun.exists() or worker.poll() is not None, "the job to begin")
    assert begun.exists(), worker.returncode
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    entry.refresh_from_db()
    assert entry.status == "running"
    assert entry.leased_until
    assert delivery.LEASE >= entry.leased_until - timezone.now() > timedelta(0)
    Entry.objects.filter(pk=entry.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert delivery.sweep() == 1
    entry.refresh_from_db()
    assert (entry.status, entry.attempts) == ("done", 2)


def test_two_sweepers_at_once_do_everything_once(monkeypatch):
    done: list[int] = []
    for number in range(40):
        Entry.objects.create(kind="job", name="test.job", key=f"k{number}", arguments={})
    monkeypatch.setitem(
        registry.jobs, "test.job", registry.Job("test.job", lambda: done.append(1), 3, False, None)
    )
    counts = at_once(delivery.sweep, delivery.sweep)
    assert (sum(counts), len(done)) == (40, 40)
    assert set(Entry.objects.values_list("status", "attempts")) == {("done", 1)}
