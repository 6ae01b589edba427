"""Parsers in a child process: what crosses, what is refused, what it may cost."""

import fcntl
import io
import logging
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings

from portal import sandbox
from portal.sandbox import Limits, warm
from tests.portal import parsers
from tests.portal.parsers import Colour, Finding

ROOT = Path(__file__).parents[2]


def test_a_value_comes_back_as_the_parser_is_annotated():
    found = sandbox.run(parsers.find, b"\x00abc", date(2026, 1, 2))
    rows: Any = (["a", 1, Decimal("1.50"), date(2026, 1, 2), None],)
    assert found == Finding(Colour.RED, datetime(2026, 3, 1, tzinfo=UTC), b"cba\x00", rows)
    assert isinstance(found.colour, Colour)


def test_a_file_is_read_from_its_start_and_cannot_be_written(tmp_path):
    with (tmp_path / "x").open("w+b") as file:
        file.write(b"not flushed yet")
        assert sandbox.run(parsers.read, file) == ("BufferedReader", b"not flushed yet")
        assert not sandbox.run(parsers.write, file)
    assert (tmp_path / "x").read_bytes() == b"not flushed yet"


def test_a_file_in_memory_is_handed_over_whole():
    file = io.BytesIO(b"x" * 1_000_000)
    file.seek(500)
    assert sandbox.run(parsers.read, file) == ("BytesIO", file.getvalue())


def test_the_parser_s_own_refusal_keeps_its_words_code_and_parameters():
    with pytest.raises(sandbox.ParserRefused) as caught:
        sandbox.run(parsers.refuse_once)
    assert (caught.value.code, caught.value.params) == ("zip", {"name": "100%"})
    assert caught.value.messages == ["“100%” é um atalho ou dispositivo, não um arquivo."]


def test_several_refusals_at_once_stay_several():
    with pytest.raises(ValidationError) as caught:
        sandbox.run(parsers.refuse)
    assert caught.value.messages == [
        "O zip tem mais de 3 arquivos.",
        "O arquivo está vazio.",
    ]


@pytest.mark.parametrize(
    "parser",
    [
        parsers.fail,
        parsers.give_up,
        parsers.crash,
        parsers.lie,
        parsers.lie_about_parameters,
        parsers.use_the_database,
    ],
)
def test_whatever_goes_wrong_in_a_child_is_one_answer(parser, caplog):
    with caplog.at_level(logging.WARNING), pytest.raises(sandbox.Unreadable) as caught:
        sandbox.run(parser)
    assert caught.value.messages == [
        "Este arquivo está danificado ou é de um tipo que não pode ser lido aqui."
    ]
    assert parser.__name__ in caplog.text
    assert "stranger" not in caplog.text


@pytest.mark.parametrize(
    ("parser", "limits"),
    [
        (parsers.eat_memory, Limits()),
        (parsers.spin, Limits(cpu_seconds=1)),
        (parsers.ignore_signals, Limits(wall_seconds=0.2)),
        (parsers.sleep, Limits(wall_seconds=0.2)),
        (parsers.talk_much, Limits(answer=1_000_000)),
    ],
)
def test_what_takes_more_than_its_limits_is_too_costly(parser, limits):
    with pytest.raises(sandbox.TooCostly) as caught:
        sandbox.run(parser, limits=limits)
    assert caught.value.code == "too_costly"


@pytest.mark.skipif(sys.platform != "linux", reason="the limits that Linux has")
def test_a_child_cannot_write_files_nor_make_processes_nor_leave_a_core():
    assert set(sandbox.run(parsers.limits).values()) == {(0, 0)}


def test_no_secret_of_the_environment_reaches_a_child(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "never told")
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody:never-told@host/db")
    warm.stop()
    assert "never" not in str(sandbox.run(parsers.look_around))


def test_a_parser_that_runs_another_does_so_in_its_own_child():
    outer, inner = sandbox.run(parsers.call_another)
    assert outer == inner != os.getpid()


def test_each_call_has_a_child_of_its_own_under_one_server():
    with ThreadPoolExecutor(4) as pool:
        servers = set(pool.map(lambda _: sandbox.run(parsers.parent_pid), range(8)))
        children = list(pool.map(lambda _: sandbox.run(parsers.pid), range(8)))
    assert len(servers) == 1
    assert len(set(children)) == 8
    assert not any(is_alive(pid) for pid in children)


def test_a_server_that_was_killed_is_started_again():
    old = sandbox.run(parsers.parent_pid)
    os.kill(old, signal.SIGKILL)
    new = sandbox.run(parsers.parent_pid)
    assert new != old
    assert not is_alive(old)  # not even as a zombie


def test_a_call_whose_server_is_killed_each_time_ends_as_unreadable():
    with pytest.raises(sandbox.Unreadable):
        sandbox.run(parsers.kill_the_server)
    assert sandbox.run(parsers.pid)


def test_a_process_that_was_forked_has_a_server_of_its_own():
    """A worker of celery or of gunicorn, forked from one that has used the sandbox."""
    ours = sandbox.run(parsers.parent_pid)
    pid = os.fork()
    if not pid:
        try:
            os._exit(0 if sandbox.run(parsers.parent_pid) != ours else 2)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert sandbox.run(parsers.parent_pid) == ours


def test_the_server_and_its_child_end_when_their_owner_is_killed():
    script = (
        "import os, django; django.setup()\n"
        "from portal import sandbox\n"
        "from tests.portal import parsers\n"
        "print(sandbox.run(parsers.parent_pid), flush=True)\n"
        "sandbox.run(parsers.sleep)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout
        server = int(owner.stdout.readline())
        [child] = wait_for(lambda: children_of(server))
        owner.kill()
    wait_for(lambda: not is_alive(child) and not is_alive(server))


def test_when_every_place_is_taken_the_file_may_be_sent_again(tmp_path):
    with override_settings(VAR_DIR=tmp_path, SANDBOX_AT_ONCE=1):
        sandbox.run(parsers.pid)
        with (tmp_path / "sandbox" / "slot-0").open() as slot:
            fcntl.flock(slot, fcntl.LOCK_EX)
            with pytest.raises(sandbox.Busy):
                sandbox.run(parsers.pid, limits=Limits(wait_seconds=0))
        assert sandbox.run(parsers.pid, limits=Limits(wait_seconds=0))


def test_a_server_that_does_not_start_is_said_plainly(monkeypatch):
    warm.stop()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(sandbox.Busy) as caught:
        sandbox.run(parsers.pid)
    assert "agora" in caught.value.messages[0]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    """By the fourth field of ``/proc/PID/stat``; a process may end while it is looked at."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(folder.name))
    return found


def wait_for(found, seconds=60):
    until = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < until
        time.sleep(0.01)
    return value
