"""This process's warm server: started at the first call, and again when it is gone."""

import atexit
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings

from portal.sandbox.errors import Busy
from portal.sandbox.wire import CALL, READY

logger = logging.getLogger(__name__)
_START_SECONDS, _STOP_SECONDS = 60, 2
# How to speak; whatever else a parser needs to know it gets as an argument.
_SETTINGS = (
    "FORMAT_MODULE_PATH", "LANGUAGES", "LANGUAGE_CODE", "LOCALE_PATHS", "TIME_ZONE", "USE_I18N",
    "USE_THOUSAND_SEPARATOR", "USE_TZ",
)  # fmt: skip
# No secret is among them: what breaks into a child finds none in its memory.
_ENVIRONMENT = (
    "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH", "TMPDIR", "TZ", "VIRTUAL_ENV",
)  # fmt: skip

_lock = threading.Lock()
_server: "_Server | None" = None


class _Server:
    """The process, and our end of its control socket."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        given = {name: getattr(settings, name) for name in _SETTINGS}
        with theirs:
            fd = theirs.fileno()
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "portal.sandbox.server", str(fd), json.dumps(given, default=str)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[fd],
                cwd=settings.BASE_DIR, env=environment,
                start_new_session=True,  # Ctrl+C is for its owner, with whom it ends
            )  # fmt: skip

    def is_ready(self) -> bool:
        """Waits until it is, or has failed."""
        self.control.settimeout(_START_SECONDS)
        try:
            return self.control.recv(len(READY)) == READY
        except OSError:
            return False
        finally:
            self.control.settimeout(None)

    def stop(self) -> None:
        self.control.close()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def submit(module: str, seconds: float, fds: Sequence[int]) -> None:
    """Have a child forked that holds ``fds``: the call, the answer, the end, the files.

    Raises Busy when the server cannot be started.
    """
    global _server  # noqa: PLW0603 - one for this process
    message = CALL.pack(seconds, module.encode())
    with _lock:
        if _server is not None:
            with suppress(OSError):
                socket.send_fds(_server.control, [message], fds)
                return
            _server.stop()  # it was idle for long, or killed
        _server = _Server()
        if not _server.is_ready():
            logger.error("The sandbox does not start")
            _server.stop()
            _server = None
            raise Busy("the server does not start")
        socket.send_fds(_server.control, [message], fds)


def stop() -> None:
    """End the server; the next call starts another."""
    global _server  # noqa: PLW0603
    with _lock:
        if _server is not None:
            _server.stop()
            _server = None


def _forget() -> None:
    """A fork has its parent's server in memory and must not use it, nor keep it alive."""
    global _server, _lock  # noqa: PLW0603
    _lock = threading.Lock()
    if _server is not None:
        _server.control.close()
        _server.process.returncode = 0  # not ours to wait for
        _server = None


os.register_at_fork(after_in_child=_forget)
atexit.register(stop)
