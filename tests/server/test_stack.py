"""script/server as people run it: what it starts, what it survives, what it leaves behind."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.stack import Stack, alive, descendants

pytestmark = pytest.mark.server

ENQUEUE = """
from portal.outbox.services import enqueue_job
print(enqueue_job("accounts.send_recovery", key="a-test", user=0, ticket="").pk)
"""
STATE = """
from portal.outbox.models import Entry
print(Entry.objects.get(key="a-test").status)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Started with nothing, as on a fresh clone."""
    running = Stack(tmp_path_factory.mktemp("server") / "var")
    try:
        running.until_ready()
        yield running
    finally:
        running.end()


def test_the_front_page_and_its_style_sheet_answer(stack: Stack) -> None:
    status, page = stack.get("/")
    assert status == 200, stack.said()
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert stack.get(style)[0] == 200


def test_a_stranger_is_sent_to_the_login_page(stack: Stack) -> None:
    status, page = stack.get("/painel/")
    assert status == 200, stack.said()
    assert 'type="password"' in page


def test_the_worker_runs_what_is_put_into_the_outbox(stack: Stack) -> None:
    stack.manage(ENQUEUE)
    stack.until(lambda: stack.manage(STATE) == "done", "the job")


def test_a_killed_worker_is_started_again_and_leaves_no_process_behind(stack: Stack) -> None:
    stack.until(lambda: descendants(stack.child("celery")), "the worker's pool")
    worker = stack.child("celery")
    family = [worker, *descendants(worker)]
    os.kill(worker, signal.SIGKILL)
    stack.until(lambda: stack.child("celery") not in {0, worker}, "a new worker")
    stack.until(lambda: not any(map(alive, family)), "the old worker's processes to end")
    assert "worker ended (exit code -9)" in stack.said()


def test_a_killed_queue_is_started_again_with_what_it_held(stack: Stack) -> None:
    hold = "from django.core.cache import cache\ncache.set('held', 'yes', 600)"
    stack.manage(hold)
    stack.until(lambda: list(stack.var.glob("valkey/appendonlydir/*.incr.aof")), "the file")
    queue = stack.child("valkey-server")
    os.kill(queue, signal.SIGKILL)
    stack.until(lambda: stack.child("valkey-server") not in {0, queue}, "a new queue")
    stack.until(lambda: stack.get("/saude/pronto")[0] == 200, "health")
    assert stack.manage("from django.core.cache import cache\nprint(cache.get('held'))") == "yes"


def test_the_same_state_folder_is_not_served_twice(stack: Stack) -> None:
    second = Stack(stack.var)
    assert second.ended() == 1
    assert f"already uses {stack.var} (process {stack.process.pid})" in second.said()


def test_a_taken_port_is_named_with_the_way_out(stack: Stack, tmp_path: Path) -> None:
    second = Stack(tmp_path / "other", port=stack.port)
    assert second.ended() == 1
    assert f"Port {stack.port} cannot be used" in second.said()
    assert f"PORT={stack.port + 1} script/server" in second.said()


@pytest.mark.parametrize(
    ("marker", "demo", "holds"),
    [
        ("setup.done", "1", "holds a real portal"),
        ("demonstration.done", "0", "holds the demonstration"),
    ],
)
def test_a_demonstration_and_a_real_portal_are_never_mixed(
    tmp_path: Path, marker: str, demo: str, holds: str
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / marker).touch()
    refused = Stack(tmp_path / "var", demo=demo)
    assert refused.ended() == 1
    assert holds in refused.said()
    assert not (tmp_path / "var" / "balcao.sqlite3").exists()


def test_sigterm_ends_every_process_and_the_next_start_finds_its_state(
    tmp_path: Path, prepared_var: Path
) -> None:
    stack = Stack(tmp_path / "var", like=prepared_var)
    stack.until_ready()
    stack.until(lambda: len(descendants(stack.child("celery"))) >= 3, "the pool and beat")
    family = descendants(stack.process.pid)
    assert len(family) >= 6  # the queue, gunicorn and its workers, celery, its pool and beat
    assert stack.end() == 0
    stack.until(lambda: not any(map(alive, family)), "the old worker's processes to end")

    again = Stack(stack.var)
    again.until_ready()
    family = descendants(again.process.pid)
    again.end(signal.SIGKILL)
    again.until(lambda: not any(map(alive, family)), "the children of a killed server to end")
