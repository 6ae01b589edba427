"""The real stack as a child process: script/serve.py with a state folder and a port of its own.

``prepared`` makes a state folder that is migrated and has its static files, once in a run; most
stacks begin with a copy of it.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings

from tests.database import alone, migrated_file
from tests.racing import PATIENCE_SECONDS, wait_until

sys.path.insert(0, str(settings.BASE_DIR / "script"))
import serve


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(pid: int) -> list[int]:
    """Direct children, as the kernel lists them."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def descendants(pid: int) -> list[int]:
    return [found for child in children(pid) for found in (child, *descendants(child))]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def prepared(run_folder: Path) -> Path:
    """A state folder as the first start of script/server leaves it, without data."""
    var = run_folder / "prepared"
    migrated = migrated_file(run_folder)
    with alone(run_folder / "prepared.lock"):
        if not var.exists():
            unfinished = run_folder / "prepared.unfinished"
            unfinished.mkdir()
            shutil.copy(migrated, unfinished / "balcao.sqlite3")
            _collect_static(unfinished)
            unfinished.rename(var)
    return var


def _collect_static(var: Path) -> None:
    env = os.environ | {
        "VAR_DIR": str(var), "REDIS_URL": "memory://", "DEMO": "0",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }  # fmt: skip
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=env, check=True)
    (var / "static.stamp").write_text(serve.static_digest())


class Stack:
    """A portal that was started by its own command, with a copy of ``like`` as its state."""

    def __init__(
        self, var: Path, port: int | None = None, demo: str = "0",
        more: Mapping[str, str] | None = None, like: Path | None = None,
    ) -> None:  # fmt: skip
        if like:
            shutil.copytree(like, var)
        self.var = var
        self.port = port or free_port()
        self.log = var.parent / f"{var.name}.log"
        self.env = {
            name: value
            for name, value in os.environ.items()
            if name not in {"REDIS_URL", "DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        } | {"VAR_DIR": str(var), "PORT": str(self.port), "DEMO": demo, "BATCH_MAIL_MINUTES": "0"}
        self.env = {**self.env, "CERTIFICATE_PORT": str(free_port()), **(more or {})}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "script/serve.py"],
                cwd=settings.BASE_DIR,
                env=self.env,
                stdout=out,
                stderr=out,
            )

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def until_ready(self) -> None:
        """Wait until it says that it is."""
        self.until(
            lambda: "Ready in" in self.said() or self.process.poll() is not None, "the address"
        )
        assert self.process.poll() is None, self.said()

    def until(self, true: Callable[[], object], what: str) -> None:
        """Wait for something that the portal must do; what it has said is shown if it never does."""
        wait_until(true, what, state=self.said)

    def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        return self.process.wait(PATIENCE_SECONDS)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_SECONDS
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def child(self, word: str) -> int:
        """The direct child whose command holds this word; 0 when there is none now."""
        for pid in children(self.process.pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        return 0

    def manage(self, code: str) -> str:
        """Run Python inside the portal's settings, beside the running stack."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{code}"],
            cwd=settings.BASE_DIR,
            env=self.env | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.ended()
