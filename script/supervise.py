"""A small supervisor: children in the foreground, their lines prefixed, restarted when they die.

One thread and one loop, so that a child is ended with its parent (PR_SET_PDEATHSIG follows the
thread that started it). Each child leads a session of its own: Ctrl-C reaches only us, and what
a dead child leaves behind is ended as a group. Why not honcho, circus or supervisor:
docs/decisions/written-although-a-library-exists.md.
"""

import contextlib
import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

GRACE_SECONDS = 25.0
LONGEST_BACKOFF = 30.0
STEADY_AFTER = 60.0  # a child that lived this long starts again without delay
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None)


class StoppedError(Exception):
    """The operator asked for the end."""


class ChildDiedError(Exception):
    """A child ended before the portal was up."""


def _end_with_parent() -> None:
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(eq=False)
class Child:
    """A process to keep alive."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0
    due: float | None = None
    rest: bytes = field(default=b"", repr=False)

    @property
    def code(self) -> int | None:
        return self.process.poll() if self.process else None


class Supervisor:
    """Starts children, shows what they say, restarts them, and ends them all."""

    def __init__(self, env: Mapping[str, str], cwd: str) -> None:
        self.env, self.cwd = env, cwd
        self.children: list[Child] = []
        self.asked = 0
        self.selector = selectors.DefaultSelector()
        wake, self._waker = socket.socketpair()
        for end in (wake, self._waker):
            end.setblocking(False)
        self.selector.register(wake, selectors.EVENT_READ, None)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only wakes the loop

    def _on_signal(self, *_: object) -> None:
        self.asked += 1

    def start(self, name: str, *command: str) -> Child:
        """Start a child and keep it."""
        child = Child(name, command)
        self.children.append(child)
        self._spawn(child)
        return child

    def run(self, name: str, *command: str) -> int:
        """Run to its end, its lines shown; its exit code. Raises StoppedError, ChildDiedError."""
        child = Child(name, command)
        self._spawn(child)
        try:
            self.until(lambda: child.code is not None, seconds=None)
        finally:
            self._end([child], grace=10)
        return child.code or 0

    def until(self, ready: Callable[[], bool], seconds: float | None) -> None:
        """Wait, showing what is said. Raises StoppedError, ChildDiedError, TimeoutError."""
        end = None if seconds is None else time.monotonic() + seconds
        while not ready():
            if self.asked:
                raise StoppedError
            for child in self.children:
                if child.code is not None:
                    self._pump(0)
                    raise ChildDiedError(f"{child.name} ended with exit code {child.code}.")
            if end is not None and time.monotonic() > end:
                raise TimeoutError
            self._pump(0.1)

    def serve(self) -> None:
        """Keep every child alive until a signal asks for the end."""
        while not self.asked:
            pause = 60.0
            for child in self.children:
                self._revive(child)
                if child.due is not None:
                    pause = min(pause, max(child.due - time.monotonic(), 0.01))
            self._pump(pause)

    def stop(self) -> None:
        """End all; what was started first (the queue) last, since the others need it."""
        self._end(self.children[1:], grace=GRACE_SECONDS)
        self._end(self.children[:1], grace=GRACE_SECONDS)

    def _spawn(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command,
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  (this process has one thread)
        )
        child.started, child.due = time.monotonic(), None
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _revive(self, child: Child) -> None:
        if child.code is None:
            return
        now = time.monotonic()
        if child.due is None:
            self._signal(child, signal.SIGKILL)  # whatever it left behind
            child.failures = 0 if now - child.started > STEADY_AFTER else child.failures + 1
            wait = min(2.0 ** (child.failures - 1), LONGEST_BACKOFF) if child.failures else 0.0
            child.due = now + wait
            self.say(
                "", f"{child.name} ended (exit code {child.code}), starts again in {wait:.0f} s"
            )
        elif now >= child.due:
            self._spawn(child)

    def _pump(self, timeout: float) -> None:
        """Show what children said; returns early on output, a child's end or a signal."""
        for key, _ in self.selector.select(timeout):
            if isinstance(key.data, Child):
                self._read(key.data, key.fileobj)
            elif isinstance(key.fileobj, socket.socket):
                with contextlib.suppress(BlockingIOError):
                    key.fileobj.recv(4096)

    def _read(self, child: Child, pipe: object) -> None:
        assert hasattr(pipe, "read")
        data = pipe.read(65536)
        if data is None:
            return
        if not data:
            self.selector.unregister(pipe)  # type: ignore[arg-type]
            data, child.rest = child.rest and child.rest + b"\n", b""
        *lines, child.rest = (child.rest + data).split(b"\n")
        for line in lines:
            self.say(child.name, line.decode(errors="replace"))

    @staticmethod
    def say(name: str, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            print(f"{name:>6} | {line}" if name else line, flush=True)

    @staticmethod
    def _signal(child: Child, number: signal.Signals) -> None:
        """To the child's whole group, which may outlive it."""
        if child.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, number)

    def _end(self, children: Sequence[Child], grace: float) -> None:
        """SIGTERM to each, then SIGKILL to the groups of those that stay, or on a second Ctrl-C."""
        alive = [child for child in reversed(children) if child.process and child.code is None]
        for child in alive:
            with contextlib.suppress(ProcessLookupError):
                child.process.terminate()  # type: ignore[union-attr]
        end, patience = time.monotonic() + grace, max(self.asked, 1)
        while any(child.code is None for child in alive):
            if time.monotonic() > end or self.asked > patience:
                break
            self._pump(0.1)
        for child in children:
            self._signal(child, signal.SIGKILL)
            if child.process:
                child.process.wait()
        self._pump(0)
