"""The warm process: has the parsers imported, and forks one child for each call.

Started by ``portal.sandbox.warm`` as ``python -m portal.sandbox.server FD SETTINGS``. It has settings and
translations, and no apps: no database, no key, no secret of the environment. Over FD, a Unix
socket, come messages of one size with the descriptors that belong to them. It ends when its
owner closes the socket or dies, and after ten minutes without work; its children end with it.
"""

import ctypes
import gc
import importlib
import itertools
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

import django
import django_stubs_ext
from django.conf import settings
from django.utils import translation

from portal.sandbox import child
from portal.sandbox.wire import CALL, END, MAX_FILES, READY

_IDLE_SECONDS = 600
_GARBAGE = 50_000  # a child lives for one call: it seldom looks for garbage
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_libc = ctypes.CDLL(None)


@dataclass
class _Job:
    end_fd: int
    until: float
    is_late: bool = False


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    django_stubs_ext.monkeypatch()
    settings.configure(**json.loads(sys.argv[2]))
    django.setup()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("Yes")  # any text: the first one reads the whole catalogue
    _freeze()
    control.sendall(READY)
    _serve(control)


def _serve(control: socket.socket) -> None:
    jobs: dict[int, _Job] = {}
    ended = _child_ends()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(ended, select.POLLIN)
    while True:
        ready = {fd for fd, _event in poll.poll(_patience(jobs))}
        if ended.fileno() in ready:
            ended.recv(4096)
        _reap(jobs)
        _kill_late(jobs)
        if control.fileno() in ready and not _accept(control, jobs):
            break
        if not ready and not jobs:  # idle for long
            break
    for pid in jobs:
        os.kill(pid, signal.SIGKILL)


def _child_ends() -> socket.socket:
    """A socket that has something to read whenever a child has ended."""
    ours, woken = socket.socketpair()
    woken.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.detach(), warn_on_full_buffer=False)
    return ours


def _patience(jobs: dict[int, _Job]) -> float:
    """Milliseconds until something must be done though nothing happens."""
    if not jobs:
        return _IDLE_SECONDS * 1000
    first = min((job.until for job in jobs.values() if not job.is_late), default=time.monotonic())
    return max(0.0, first - time.monotonic()) * 1000 + 1


def _reap(jobs: dict[int, _Job]) -> None:
    for pid, job in list(jobs.items()):
        found, status, usage = os.wait4(pid, os.WNOHANG)
        if found:
            code = os.waitstatus_to_exitcode(status)
            with suppress(OSError):  # nobody waits for it any more
                os.write(job.end_fd, END.pack(code, job.is_late, usage.ru_utime + usage.ru_stime))
            os.close(job.end_fd)
            del jobs[pid]


def _kill_late(jobs: dict[int, _Job]) -> None:
    for pid, job in jobs.items():
        if not job.is_late and job.until <= time.monotonic():
            job.is_late = True
            os.kill(pid, signal.SIGKILL)


def _accept(control: socket.socket, jobs: dict[int, _Job]) -> bool:
    """Fork a child for the call that waits; False when the owner is gone."""
    message, fds, _flags, _address = socket.recv_fds(control, CALL.size, 3 + MAX_FILES)
    if len(message) < CALL.size:
        return False
    seconds, module = CALL.unpack(message)
    _import(module.rstrip(b"\0").decode())
    call_fd, answer_fd, end_fd, *file_fds = fds
    owner = os.getpid()
    if pid := os.fork():
        jobs[pid] = _Job(end_fd, time.monotonic() + seconds)
        for fd in (call_fd, answer_fd, *file_fds):
            os.close(fd)
        return True
    _become_child(owner, keep=(call_fd, answer_fd, *file_fds))
    return child.work(call_fd, answer_fd, file_fds)


def _import(module: str) -> None:
    """Import a parser's module before the fork, and let it warm up, for all later children."""
    if module not in sys.modules:
        with suppress(Exception):  # the child meets it again, and answers
            imported = importlib.import_module(module)
            getattr(imported, "warm_up", lambda: None)()
        _freeze()


def _freeze() -> None:
    """Children share this process's memory until a garbage collection touches it: it must not."""
    gc.collect()
    gc.freeze()


def _become_child(owner: int, keep: tuple[int, ...]) -> None:
    gc.set_threshold(_GARBAGE)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != owner:
            os._exit(1)
    bounds = [2, *sorted(keep), os.sysconf("SC_OPEN_MAX")]
    for low, high in itertools.pairwise(bounds):
        os.closerange(low + 1, high)


if __name__ == "__main__":
    main()
