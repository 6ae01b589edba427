"""script/test: every check by name, timed; all run even if one fails; a summary at the end.

One leg after another, but the server leg, which waits for real programs more than it works, is
begun first; what it says is shown when its turn comes.
"""

import argparse
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import throwaway
from prepare import PYTHON, ROOT

CLOSING = re.compile(r"^=* ?(\d+ \w+|no tests ran).* in [\d.]+s.*$")
PUBLIC = {
    "BASE_URL": "https://portal.example",
    "ALLOWED_HOSTS": "portal.example",
    "TRUSTED_PROXIES": "1",
    "DEFAULT_FROM_EMAIL": "portal@portal.example",
}
ON_SQLITE = "not browser and not server and not postgres"
ON_POSTGRES = "state and not browser and not server"
Say = Callable[[str], object]


@dataclass(frozen=True)
class Leg:
    """One check: its name, what it says, its command, and why it may be impossible here."""

    name: str
    says: str
    command: Sequence[str]
    lacks: Callable[[], str] = lambda: ""
    servers: bool = False
    waits: bool = False

    @property
    def is_pytest(self) -> bool:
        return "pytest" in self.command


@dataclass
class Outcome:
    leg: Leg
    seconds: float
    code: int
    closing: str = ""
    lacks: str = ""

    @property
    def word(self) -> str:
        if self.lacks:
            return "NOT RUN"
        return "failed" if self.code else "ok"


def _without(*programs: str) -> Callable[[], str]:
    def lacks() -> str:
        missing = [name for name in programs if not shutil.which(name)]
        return f"needs {', '.join(missing)}" if missing else ""

    return lacks


def _manage(*command: str) -> list[str]:
    return [str(PYTHON), "manage.py", *command]


def _pytest(marks: str, *, whole_files: bool = False) -> list[str]:
    """Two processes; with ``whole_files`` no file's servers are started in both."""
    shared = ["-n", "2", "--dist", "loadfile" if whole_files else "worksteal"]
    return [str(PYTHON), "-m", "pytest", *shared, "-m", marks]


LEGS = (
    Leg("lint", "ruff check", [str(PYTHON), "-m", "ruff", "check", "."]),
    Leg("format", "ruff format", [str(PYTHON), "-m", "ruff", "format", "--check", "-q", "."]),
    Leg("types", "mypy, strict", [str(PYTHON), "-m", "mypy", "."]),
    Leg("imports", "import contracts", [str(PYTHON.parent / "lint-imports")]),
    Leg("templates", "djlint", [str(PYTHON), "-m", "djlint", "templates", "--lint", "--quiet"]),
    Leg("migrations", "no model ahead", _manage("makemigrations", "--check", "--dry-run")),
    Leg("deploy", "production settings", _manage("check", "--deploy", "--fail-level", "WARNING")),
    Leg(
        "translations",
        "complete Portuguese",
        [str(PYTHON), "script/translations.py"],
        lacks=_without("xgettext", "msgfmt"),
    ),
    Leg(
        "server",
        "the real stack",
        _pytest("server", whole_files=True),
        lacks=_without("nginx"),
        waits=True,
    ),
    Leg("browser", "Chromium", _pytest("browser"), lacks=_without("chromium")),
    Leg(
        "postgres",
        "on PostgreSQL and Valkey, all that uses either",
        _pytest(ON_POSTGRES),
        lacks=lambda: "" if throwaway.have_postgres() else "needs PostgreSQL",
        servers=True,
    ),
    Leg(
        "sqlite",
        "the whole suite on SQLite",
        _pytest(ON_SQLITE),
        lacks=_without("pdfsig", "certutil"),
    ),
)


def main() -> int:
    legs, more = _chosen()
    os.environ["PATH"] = f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}{os.pathsep}/usr/sbin"
    with tempfile.TemporaryDirectory(prefix="balcao-test-") as name:
        return _summary(_run_all(legs, Path(name), more))


def _run_all(legs: Sequence[Leg], folder: Path, more: Sequence[str]) -> list[Outcome]:
    def start(leg: Leg, say: Say) -> Outcome:
        return _run(leg, folder / leg.name, more if leg.is_pytest else (), say)

    with ThreadPoolExecutor() as pool:
        beside = {leg.name: _Beside(pool, start, leg) for leg in legs if leg.waits}
        return [
            beside[leg.name].finish() if leg.name in beside else start(leg, _show) for leg in legs
        ]


class _Beside:
    """A leg that was begun before its turn: keeps what it says until then."""

    def __init__(
        self, pool: ThreadPoolExecutor, start: Callable[[Leg, Say], Outcome], leg: Leg
    ) -> None:
        self._said: SimpleQueue[str | None] = SimpleQueue()
        self._outcome = pool.submit(start, leg, self._said.put)
        self._outcome.add_done_callback(lambda _outcome: self._said.put(None))

    def finish(self) -> Outcome:
        """Show what it has said, then what it says, until it ends."""
        for line in iter(self._said.get, None):
            _show(line)
        return self._outcome.result()


def _show(line: str) -> None:
    print(line, flush=True)


def _chosen() -> tuple[list[Leg], list[str]]:
    """The legs named first; what follows goes to pytest. Only pytest's arguments: on SQLite."""
    names = [leg.name for leg in LEGS]
    parser = argparse.ArgumentParser(
        prog="script/test",
        usage="script/test [LEG…] [arguments of pytest…]",
        epilog="Legs: " + "; ".join(f"{leg.name} ({leg.says})" for leg in LEGS),
    )
    _, rest = parser.parse_known_args()
    picked = []
    while rest and rest[0] in names:
        picked.append(rest.pop(0))
    if not picked:
        picked = ["sqlite"] if rest else names
    return [leg for leg in LEGS if leg.name in picked], rest


def _run(leg: Leg, folder: Path, more: Sequence[str], say: Say) -> Outcome:
    say(f"\n── {leg.name}: {leg.says} " + "─" * max(3, 60 - len(leg.name + leg.says)))
    began = time.monotonic()
    lacks = leg.lacks()
    if lacks:
        say(f"NOT RUN: {lacks}.")
        return Outcome(leg, 0.0, 1 if _in_ci() else 0, lacks=lacks)
    (folder / "var" / "static").mkdir(parents=True)
    try:
        code, closing = _execute(leg, folder, more, say)
    except (OSError, subprocess.SubprocessError, throwaway.NotStartedError) as problem:
        say(f"{type(problem).__name__}: {problem}")
        code, closing = 1, ""
    return Outcome(leg, time.monotonic() - began, code, closing)


def _execute(leg: Leg, folder: Path, more: Sequence[str], say: Say) -> tuple[int, str]:
    with ExitStack() as stack:
        env = _embedded(folder)
        if leg.name == "deploy":
            env |= _services("postgres://portal@db/portal", "redis://queue/0") | PUBLIC
        elif leg.servers:
            database = stack.enter_context(throwaway.postgres())
            env |= _services(database, stack.enter_context(throwaway.valkey(folder)))
        return _watch([*leg.command, *more], env, say)


def _watch(command: Sequence[str], env: Mapping[str, str], say: Say) -> tuple[int, str]:
    """Run and say its lines as they come; its exit code and pytest's closing line."""
    closing = ""
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            say(line.rstrip("\n"))
            if CLOSING.match(line.strip()):
                closing = line.strip()
    return process.returncode, closing


def _embedded(folder: Path) -> dict[str, str]:
    """This process's variables without the portal's own, so that no real database is touched."""
    example = (ROOT / ".env.example").read_text()
    ours = set(re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    # Each of the many processes would compile all of our code, and pytest every test, anew.
    ours.add("PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {
        "VAR_DIR": str(folder / "var"),
        "REDIS_URL": "memory://",
        "DEMO": "0",
        "PYTHONUNBUFFERED": "1",
    }


def _services(database: str, redis: str) -> dict[str, str]:
    """What must be set as soon as the portal is not embedded."""
    return {
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "SECRET_KEY": base64.b64encode(os.urandom(48)).decode(),
        "EMAIL_URL": "smtp+tls://portal:secret@mail.example:587",
        "VAULT_KEYRING": json.dumps({"k1": base64.b64encode(os.urandom(32)).decode()}),
    }


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def _summary(outcomes: Sequence[Outcome]) -> int:
    print("\n── summary " + "─" * 54)
    for outcome in outcomes:
        lacks = f"  {outcome.lacks}" if outcome.lacks else ""
        print(f"{outcome.leg.name:<13}{outcome.word:<8}{outcome.seconds:6.0f} s{lacks}")
    for outcome in outcomes:
        if outcome.closing:
            print(f"{outcome.leg.name}: {outcome.closing}")
    return int(any(outcome.code for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
