"""script/test: every check by name, timed; all run even if one fails; a summary at the end.

One leg after another, but the server leg, which waits for real programs more than it works, is
begun first; what it says is shown when its turn comes.

PostgreSQL runs every test that touches the database or the cache. SQLite runs what touches neither,
and what is marked ``both``. ``--all`` runs everything on both, and walks the browser in every role.
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
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

import throwaway
from prepare import PYTHON, ROOT

CLOSING = re.compile(r"^=* ?(\d+ \w+|no tests ran).* in [\d.]+s.*$")
FAILED = re.compile(r"^(FAILED|ERROR) tests/")
PUBLIC = {
    "BASE_URL": "https://portal.example",
    "ALLOWED_HOSTS": "portal.example",
    "TRUSTED_PROXIES": "1",
    "DEFAULT_FROM_EMAIL": "portal@portal.example",
}
MIGRATIONS = ("makemigrations", "--check", "--dry-run")
DEPLOY = ("check", "--deploy", "--fail-level", "WARNING")
TESTS = ROOT / "tests"
WALK = TESTS / "browser" / "test_walk.py"
REAL = ("server", "browser")  # marks of whole files, and the legs that run them
NOT_REAL = "not server and not browser"
Say = Callable[[str], object]


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for: ``desk`` is a folder of tests, ``more`` is for pytest."""

    legs: Sequence[str]
    everything: bool = False
    desk: str = ""
    more: Sequence[str] = ()

    @property
    def names_tests(self) -> bool:
        """Whether pytest is told by a path what to run."""
        return any((ROOT / word.partition("::")[0]).exists() for word in self.more)

    @property
    def is_whole(self) -> bool:
        return not (self.everything or self.desk or self.more)


Command = Callable[[Wanted], list[str]]


@dataclass(frozen=True)
class Leg:
    """One check: its name, what it says, its command, and why it may be impossible here."""

    name: str
    says: str
    command: Command
    lacks: Callable[[], str] = lambda: ""
    servers: bool = False
    waits: bool = False


@dataclass
class Outcome:
    leg: Leg
    seconds: float = 0.0
    processor: float = 0.0
    code: int = 0
    closing: str = ""
    failed: list[str] = field(default_factory=list)  # pytest's line about each test
    lacks: str = ""

    def note(self, processor: float) -> None:
        """Add processor time: of the command, of a server."""
        self.processor += processor

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


def _python(*command: str) -> Command:
    return lambda _wanted: [str(PYTHON), *command]


def _pytest(words: Sequence[str], marks: str, wanted: Wanted, *, dist: str) -> list[str]:
    shared = ["-n", "2", "--dist", dist, "--durations", "15"]
    return [str(PYTHON), "-m", "pytest", *shared, "-m", marks, *words, *wanted.more]


def _on_sqlite(wanted: Wanted) -> list[str]:
    marks = f"{NOT_REAL} and not postgres"
    if wanted.is_whole:
        marks += " and (both or not state)"
    return _pytest(_of_no_server(wanted), marks, wanted, dist="worksteal")


def _on_postgres(wanted: Wanted) -> list[str]:
    marks = NOT_REAL if wanted.everything else f"{NOT_REAL} and state"
    return _pytest(_of_no_server(wanted), marks, wanted, dist="worksteal")


def _on_real_stack(wanted: Wanted) -> list[str]:
    """No file's servers are started in both processes."""
    files = [] if wanted.names_tests else _marked("server", wanted.desk)
    return _pytest([str(file) for file in files], "server", wanted, dist="loadfile")


def _in_browser(wanted: Wanted) -> list[str]:
    """For a desk its own tests, and the walk over its pages."""
    if wanted.names_tests:
        return _pytest([], "browser", wanted, dist="worksteal")
    files = {*_marked("browser", wanted.desk), WALK}
    words = [str(file) for file in sorted(files)]
    words += ["--desk", wanted.desk] if wanted.desk else []
    words += ["--roles", "all"] if wanted.everything else []
    return _pytest(words, "browser", wanted, dist="worksteal")


def _of_no_server(wanted: Wanted) -> list[str]:
    """Arguments that keep pytest from importing what the leg does not run."""
    if wanted.names_tests:
        return []
    where = [str(TESTS / wanted.desk)] if wanted.desk else []
    return [*where, *(f"--ignore={file}" for mark in REAL for file in _marked(mark))]


def _marked(mark: str, desk: str = "") -> list[Path]:
    """Files of tests that bear this mark; of a desk those in its folder and those that name it."""
    found = []
    for file in sorted(TESTS.rglob("test_*.py")):
        text = file.read_text()
        is_desk_s = file.is_relative_to(TESTS / desk) or f'desk="{desk}"' in text
        if f"pytest.mark.{mark}" in text and is_desk_s:
            found.append(file)
    return found


LEGS = (
    Leg("lint", "ruff check", _python("-m", "ruff", "check", ".")),
    Leg("format", "ruff format", _python("-m", "ruff", "format", "--check", "-q", ".")),
    Leg("types", "mypy, strict", _python("-m", "mypy", ".")),
    Leg("imports", "import contracts", lambda _wanted: [str(PYTHON.parent / "lint-imports")]),
    Leg("templates", "djlint", _python("-m", "djlint", "templates", "--lint", "--quiet")),
    Leg("migrations", "no model ahead", _python("manage.py", *MIGRATIONS)),
    Leg("deploy", "production settings", _python("manage.py", *DEPLOY)),
    Leg(
        "translations",
        "complete Portuguese",
        _python("script/translations.py"),
        lacks=_without("xgettext", "msgfmt"),
    ),
    Leg("server", "the real stack", _on_real_stack, lacks=_without("nginx"), waits=True),
    Leg("browser", "Chromium", _in_browser, lacks=_without("chromium")),
    Leg(
        "postgres",
        "on PostgreSQL and Valkey, all that uses either",
        _on_postgres,
        lacks=lambda: "" if throwaway.have_postgres() else "needs PostgreSQL",
        servers=True,
    ),
    Leg(
        "sqlite",
        "on SQLite, what uses no database and what is marked both",
        _on_sqlite,
        lacks=_without("pdfsig", "certutil"),
    ),
)
NAMES = [leg.name for leg in LEGS]
OF_A_DESK = ("sqlite", "server", "browser")


def main() -> int:
    wanted = _read(sys.argv[1:])
    os.environ["PATH"] = f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}{os.pathsep}/usr/sbin"
    with tempfile.TemporaryDirectory(prefix="balcao-test-") as name:
        return _summary(_run_all(wanted, Path(name)))


def _read(words: Sequence[str]) -> Wanted:
    """Legs and a desk first; what follows goes to pytest. Only pytest's arguments: on SQLite."""
    parser = argparse.ArgumentParser(
        prog="script/test",
        usage="script/test [--all] [LEG…] [DESK] [arguments of pytest…]",
        epilog="Legs: "
        + "; ".join(f"{leg.name} ({leg.says})" for leg in LEGS)
        + f". Desks, each with its tests of every kind: {', '.join(_desks())}.",
    )
    parser.add_argument("--all", action="store_true", help="everything on both databases")
    known, rest = parser.parse_known_args(words)
    legs = []
    while rest and rest[0] in NAMES:
        legs.append(rest.pop(0))
    desk = rest.pop(0) if rest and rest[0] in _desks() else ""
    if not legs:
        legs = list(OF_A_DESK) if desk else ["sqlite"] if rest else NAMES
    return Wanted(legs=legs, everything=known.all, desk=desk, more=rest)


def _desks() -> list[str]:
    """Folders of tests that do not bear the name of a leg."""
    folders = {file.relative_to(TESTS).parts[0] for file in TESTS.glob("*/test_*.py")}
    return sorted(folders - set(NAMES))


def _run_all(wanted: Wanted, folder: Path) -> list[Outcome]:
    def start(leg: Leg, say: Say) -> Outcome:
        return _run(leg, wanted, folder / leg.name, say)

    legs = [leg for leg in LEGS if leg.name in wanted.legs]
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


def _run(leg: Leg, wanted: Wanted, folder: Path, say: Say) -> Outcome:
    say(f"\n── {leg.name}: {leg.says} " + "─" * max(3, 60 - len(leg.name + leg.says)))
    outcome = Outcome(leg, lacks=_lacks(leg, wanted))
    if outcome.lacks:
        say(f"NOT RUN: {outcome.lacks}.")
        outcome.code = 1 if _in_ci() else 0
        return outcome
    began = time.monotonic()
    (folder / "var" / "static").mkdir(parents=True)
    try:
        _execute(leg, leg.command(wanted), folder, say, outcome)
    except (OSError, subprocess.SubprocessError, throwaway.NotStartedError) as problem:
        say(f"{type(problem).__name__}: {problem}")
        outcome.code = 1
    outcome.seconds = time.monotonic() - began
    return outcome


def _lacks(leg: Leg, wanted: Wanted) -> str:
    if wanted.desk and leg.name == "server" and not _marked("server", wanted.desk):
        return f"{wanted.desk} has no such tests"
    return leg.lacks()


def _execute(leg: Leg, command: Sequence[str], folder: Path, say: Say, outcome: Outcome) -> None:
    with ExitStack() as stack:
        env = _embedded(folder)
        if leg.name == "deploy":
            env |= _services("postgres://portal@db/portal", "redis://queue/0") | PUBLIC
        elif leg.servers:
            database = stack.enter_context(throwaway.postgres(outcome.note))
            env |= _services(database, stack.enter_context(throwaway.valkey(folder, outcome.note)))
        _watch(command, env, say, outcome)


def _watch(command: Sequence[str], env: Mapping[str, str], say: Say, outcome: Outcome) -> None:
    """Run and say its lines as they come; note its exit code, its time, pytest's closing line."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            say(line.rstrip("\n"))
            if CLOSING.match(line.strip()):
                outcome.closing = line.strip()
            elif FAILED.match(line):
                outcome.failed.append(line.strip()[:200])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = outcome.code = os.waitstatus_to_exitcode(status)
    outcome.note(used.ru_utime + used.ru_stime)


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
    print(f"{'':<21}{'time':>7}{'processor':>13}")
    for outcome in outcomes:
        lacks = f"  {outcome.lacks}" if outcome.lacks else ""
        times = f"{outcome.seconds:5.0f} s{outcome.processor:11.0f} s"
        print(f"{outcome.leg.name:<13}{outcome.word:<8}{times}{lacks}")
    for outcome in outcomes:
        if outcome.closing:
            print(f"{outcome.leg.name}: {outcome.closing}")
        for line in outcome.failed:
            print(f"  {line}")
    return int(any(outcome.code for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
