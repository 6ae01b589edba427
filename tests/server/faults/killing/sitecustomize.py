"""Kills a Celery process at a chosen step of a job; found by Python when this folder is on its path.

``FAULTS`` is a folder. A file there with the name of a job (``mail`` for a mail, ``expire`` for the
removal) holds the number of the step before which the process that does the job gets SIGKILL, and
"group" if all of the worker's processes die with it. It is used up. ``killed`` lists what died,
``ended`` the removals that came to their end. Steps are effects on the world: a file stored or
deleted, a signature, a commit, a mail handed over, the note that a job is done.
"""

import contextlib
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("FAULTS", "/nonexistent"))


class Steps:
    """The job that this process does now, and how many of its steps were begun."""

    def __init__(self) -> None:
        self.job, self.count, self.lock = "", 0, threading.Lock()

    @contextlib.contextmanager
    def of(self, job: str) -> Iterator[None]:
        self.job, self.count = job, 0
        try:
            yield
        finally:
            self.job = ""

    def begin(self, effect: str) -> None:
        with self.lock:
            if not self.job:
                return
            self.count += 1
            plan = FOLDER / self.job
            if plan.exists():
                number, _, whom = plan.read_text().partition(" ")
                if int(number) == self.count:
                    self._die(plan, effect, whom)

    def _die(self, plan: Path, effect: str, whom: str) -> None:
        plan.unlink()
        note("killed", f"{self.job} {self.count} {effect} {whom}".strip())
        if whom == "group":
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


steps = Steps()


def note(name: str, line: str) -> None:
    with (FOLDER / name).open("a") as file:
        file.write(f"{line}\n")


def before(owner: Any, name: str, effect: str, *, anywhere: bool = False) -> None:
    """Count a call as a step; of the job's own thread only (the heartbeat commits too)."""
    real = getattr(owner, name)

    @functools.wraps(real)
    def counted(*args: Any, **options: Any) -> Any:
        if anywhere or threading.current_thread() is threading.main_thread():
            steps.begin(effect)
        return real(*args, **options)

    setattr(owner, name, counted)


def in_pool_process(**_: Any) -> None:
    """Celery has just forked this process, Django is set up."""
    from django.core.files.storage import FileSystemStorage
    from django.core.mail.backends.filebased import EmailBackend
    from django.db.backends.base.base import BaseDatabaseWrapper

    from invoices.services import (
        batch_checking,
        batch_publishing,
        removal,
        signed_documents,
    )
    from portal.outbox import delivery

    batch_checking.CHUNK = batch_publishing.CHUNK = 2
    before(FileSystemStorage, "_save", "store")
    before(FileSystemStorage, "delete", "delete", anywhere=True)
    before(signed_documents, "sign_pdf", "sign")
    before(BaseDatabaseWrapper, "_commit", "commit")
    before(EmailBackend, "write_message", "send")
    before(delivery, "_note_done", "note")
    around(delivery, "_do", named)
    around(removal, "expire", removing)


def around(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    setattr(owner, name, wrap(getattr(owner, name)))


def named(do: Callable[[Any], None]) -> Callable[[Any], None]:
    def wrapped(entry: Any) -> None:
        with steps.of(entry.name if entry.kind == "job" else "mail"):
            do(entry)

    return wrapped


def removing(expire: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(**options: Any) -> Any:
        with steps.of("expire"):
            run = expire(**options, chunk=2)
        note("ended", "expire")
        return run

    return wrapped


if "FAULTS" in os.environ and "celery" in sys.orig_argv:
    from celery.signals import worker_process_init

    worker_process_init.connect(in_pool_process, weak=False)
