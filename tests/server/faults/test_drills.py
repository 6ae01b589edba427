"""Faults of the real stack, as script/server starts it: slow clients, no Valkey, a mail server that
hangs, a clock that goes back, killed uploads."""

import contextlib
import os
import select
import shelve
import shutil
import signal
import socket
import sqlite3
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.portal.test_outbox_faults import SmtpServer
from tests.server.stack import Stack, alive, descendants
from tests.server.test_nginx import _serving

pytestmark = pytest.mark.server
BOUND = 60  # seconds in which a page answers that took milliseconds before
STAFF_PAGE = "/equipe/saida/"
SIGN_IN = """
from django.test import Client
from tests.factories import make_user
user = make_user("Rita Lopes", is_staff=True, is_superuser=True)
browser = Client()
browser.force_login(user)
browser.get("/entrar/")
print(browser.cookies["sessao"].value)
"""
ENQUEUE = """
from portal.outbox.services import enqueue_job
print(enqueue_job("accounts.send_recovery", key="drill", user=0, ticket="").pk)
"""
WRITE = """
from portal.outbox.services import enqueue_mail
enqueue_mail(to="ana@exemplo.com.br", template="email_changed", context={}, key="drill:mail")
"""
ASK_AT_ONCE = """
from django.utils import timezone
from portal.outbox.breaker import ask_at
from portal.outbox.models import Entry
ask_at(timezone.now())
Entry.objects.filter(key="drill:mail").update(due_at=timezone.now())
"""
# As the worker left it whose clock went back an hour while it worked.
LEASED_AHEAD = """
from datetime import timedelta
from django.utils import timezone
from portal.outbox.models import Entry
from portal.outbox.services import enqueue_job
entry = enqueue_job(
    "accounts.send_recovery", key="drill:clock", user=0, ticket="", at=timezone.now() + timedelta(1)
)
ahead = timezone.now() + timedelta(hours=1)
Entry.objects.filter(pk=entry.pk).update(
    status="running", attempts=1, created_at=ahead, due_at=ahead, leased_until=ahead
)
"""


@pytest.fixture(scope="module")
def mail_server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, prepared_var: Path, mail_server: SmtpServer
) -> Iterator[Stack]:
    more = {
        "TRUSTED_PROXIES": "1", "STAFF_MFA_REQUIRED": "0",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}",
    }  # fmt: skip
    running = Stack(tmp_path_factory.mktemp("drills") / "var", like=prepared_var, more=more)
    try:
        running.until_ready()
        yield running
    finally:
        running.end()


@pytest.fixture(scope="module")
def session(stack: Stack) -> str:
    """The cookie of a signed-in member of staff."""
    return f"sessao={stack.manage(SIGN_IN)}"


def page(stack: Stack, path: str, cookie: str = "") -> tuple[int, str]:
    """Status and final address of a page, which must come within the bound."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}{path}", headers={"Cookie": cookie}
    )
    with urllib.request.urlopen(request, timeout=BOUND) as answer:
        return answer.status, answer.geturl()


@contextlib.contextmanager
def slow_bodies(
    port: int, path: str, *, length: int, cookie: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[list[Any]]:
    """Ten clients that each sent the beginning of a body and now send nothing."""
    with contextlib.ExitStack() as lines:
        opened: list[Any] = []
        for _client in range(10):
            line: Any = lines.enter_context(socket.create_connection(("127.0.0.1", port), BOUND))
            if tls:
                line = lines.enter_context(tls.wrap_socket(line, server_hostname="localhost"))
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n"
            line.sendall(f"{head}Cookie: {cookie}\r\n\r\nbody".encode())
            opened.append(line)
        yield opened


def test_ten_slow_bodies_to_a_page_behind_the_login_are_answered_at_once(stack: Stack) -> None:
    with slow_bodies(stack.port, "/equipe/lotes/novo/", length=4 * 1024**3) as lines:
        assert page(stack, "/")[0] == 200
        for line in lines:
            assert b" 302 " in line.recv(64)


def test_ten_slow_bodies_to_the_login_leave_threads_for_others(stack: Stack) -> None:
    with slow_bodies(stack.port, "/entrar/", length=50_000) as lines:
        assert page(stack, "/")[0] == 200
        refused = 10 - 2 * 2  # processes times half of their threads
        stack.until(lambda: len(select.select(lines, [], [], 0)[0]) >= refused, "the refusals")
        for line in select.select(lines, [], [], 0)[0]:
            assert b" 503 " in line.recv(64)


def test_ten_slow_bodies_of_a_signed_in_person_leave_threads_for_others(
    stack: Stack, session: str
) -> None:
    with slow_bodies(stack.port, STAFF_PAGE, length=2**20, cookie=session) as lines:
        assert page(stack, "/")[0] == 200
        refused = 10 - 2 * 2  # processes times half of their threads
        stack.until(lambda: len(select.select(lines, [], [], 0)[0]) >= refused, "the refusals")
        for line in select.select(lines, [], [], 0)[0]:
            assert b" 503 " in line.recv(64)
        assert page(stack, STAFF_PAGE, session)[0] == 200


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
@pytest.mark.parametrize(("path", "length"), [("/equipe/lotes/novo/", 2**32), ("/entrar/", 2**16)])
def test_behind_nginx_slow_bodies_do_not_reach_the_portal(
    stack: Stack, tmp_path: Path, path: str, length: int
) -> None:
    with (
        _serving(tmp_path, stack.port) as nginx,
        slow_bodies(nginx.port, path, length=length, tls=nginx.context),
    ):
        assert nginx.ask("/", headers={"Cookie": "idioma=pt-br"})[0] == 200
        assert page(stack, "/")[0] == 200


def test_without_valkey_pages_are_served_and_work_waits_until_it_is_back(
    stack: Stack, session: str
) -> None:
    queue = stack.child("valkey-server")
    os.kill(queue, signal.SIGSTOP)  # it takes connections and says nothing
    try:
        for _page in range(3):
            assert page(stack, STAFF_PAGE, session) == (
                200,
                f"http://127.0.0.1:{stack.port}{STAFF_PAGE}",
            )
        assert page(stack, "/entrar/")[0] == 200
        status, text = stack.get("/saude/pronto")
        assert status == 200
        assert "cache" in text
        stack.manage(ENQUEUE)
    finally:
        os.kill(queue, signal.SIGKILL)
    stack.until(lambda: stack.child("valkey-server") not in {0, queue}, "a new queue")
    assert page(stack, STAFF_PAGE, session)[1].endswith(STAFF_PAGE)
    stack.until(lambda: "cache" not in stack.get("/saude/pronto")[1], "the cache")
    stack.until(lambda: _entry(stack, "drill") == "done", "the job")


def test_a_mail_server_that_hangs_costs_the_mail_alone(
    stack: Stack, session: str, mail_server: SmtpServer
) -> None:
    answer: Any = mail_server.process_request
    held: list[Any] = []
    mail_server.process_request = lambda line, _address: held.append(line)  # type: ignore[method-assign, assignment]
    try:
        stack.manage(WRITE)
        stack.until(lambda: held, "the question to the mail server")
        stack.manage(ENQUEUE.replace('"drill"', '"drill:job"'))
        stack.until(lambda: _entry(stack, "drill:job") == "done", "the job beside it")
        assert page(stack, STAFF_PAGE, session)[0] == 200
        stack.until(lambda: _entry(stack, "drill:mail") == "pending", "the end of patience")
    finally:
        mail_server.process_request = answer  # type: ignore[method-assign]
        for line in held:
            line.close()
    stack.manage(ASK_AT_ONCE)
    stack.until(lambda: _entry(stack, "drill:mail") == "done", "the mail")
    stack.until(lambda: len(mail_server.accepted) == 1, "what the server took")


def test_when_the_clock_goes_back_an_hour_nothing_waits_for_that_hour(stack: Stack) -> None:
    """Leases and the schedule of the beat then lie in the future."""
    stack.until(lambda: list(stack.var.glob("beat-schedule*")), "the schedule")
    stack.manage(ENQUEUE.replace('"drill"', '"drill:before"'))
    stack.until(lambda: _entry(stack, "drill:before") == "done", "the worker")
    worker = stack.child("celery")
    os.kill(stack.process.pid, signal.SIGSTOP)  # it starts no other before all of this is written
    try:
        os.kill(worker, signal.SIGTERM)
        stack.until(lambda: not alive(worker), "the end of the worker")
        with shelve.open(str(stack.var / "beat-schedule")) as kept:
            entries = kept["entries"]
            for entry in entries.values():
                entry.last_run_at = entry.default_now() + timedelta(hours=1)
            kept["entries"] = entries
        stack.manage(LEASED_AHEAD)
    finally:
        os.kill(stack.process.pid, signal.SIGCONT)
    stack.until(lambda: stack.child("celery") not in {0, worker}, "a new worker")
    stack.until(lambda: _entry(stack, "drill:clock") == "done", "the job that was leased ahead")


def _entry(stack: Stack, key: str) -> str:
    """The status of an entry of the outbox."""
    with contextlib.closing(sqlite3.connect(stack.var / "balcao.sqlite3")) as database:
        found = database.execute("select status from outbox_entry where key = ?", [key]).fetchone()
    return found[0] if found else ""


def test_an_upload_whose_process_is_killed_lies_where_it_is_swept(
    stack: Stack, session: str
) -> None:
    uploads = stack.var / "uploads"
    head = (
        f"POST /equipe/lotes/novo/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {2**30}\r\n"
        f"Cookie: {session}; csrf={'a' * 32}\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="x.zip"\r\n\r\n'
    )
    with socket.create_connection(("127.0.0.1", stack.port), BOUND) as line:
        line.sendall(head.encode() + b"x" * 2**21)
        stack.until(lambda: uploads.exists() and list(uploads.iterdir()), "the upload")
        [left] = uploads.iterdir()
        web = stack.child("gunicorn")
        for process in (web, *descendants(web)):
            os.kill(process, signal.SIGKILL)
    stack.until(lambda: "web ended (exit code -9)" in stack.said(), "the end of the web server")
    stack.until(lambda: _serves(stack), "the web server")
    assert left.exists()
    os.utime(left, (0, 0))
    stack.manage("from portal.files.tasks import sweep\nsweep()")
    assert not left.exists()


def _serves(stack: Stack) -> bool:
    with contextlib.suppress(OSError):
        return page(stack, "/saude/vivo")[0] == 200
    return False


def test_what_the_portal_keeps_is_nobody_else_s(stack: Stack) -> None:
    assert stack.var.stat().st_mode & 0o777 == 0o700
    copied = ("balcao.sqlite3", "static")  # not made by the server
    made = [path for path in stack.var.iterdir() if not path.name.startswith(copied)]
    assert made
    for path in made:
        assert path.stat().st_mode & 0o077 == 0 or path.is_socket(), path
