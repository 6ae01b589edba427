"""The ground of the page benches: a throw-away PostgreSQL and Valkey, generated rows, CPU time.

Pages are asked of the WSGI application itself, in this process, with everything that production
has around it: middleware, sessions in Valkey, a persistent connection. CPU time is that of this
process and of the database's process behind its connection.
"""

import contextlib
import gc
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]
LAST_PAGE = "cursor=last"  # in a query string: the cursor of the last page, which is signed


def report(line: int, measure: str, ours: float, floor: float, goal: str, **more: Any) -> None:
    """One measure as one line of JSON; times in milliseconds."""
    row = {
        "line": line, "measure": measure, "ours": round(ours, 4), "floor": round(floor, 4),
        "ratio": round(ours / floor, 3), "goal": goal, **more,
    }  # fmt: skip
    print(json.dumps(row), flush=True)


def median_of_pairs(
    ours: Callable[[], float], floor: Callable[[], float], rounds: int
) -> tuple[float, float, float]:
    """Medians of both, and of their ratio, taken in turns; the first round is not counted."""
    pairs = [(ours(), floor()) for _ in range(rounds + 1)][1:]
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs), ratio


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey; gives the environment of a production process."""
    import throwaway

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="balcao-bench-")))
        database = stack.enter_context(throwaway.postgres())
        valkey = stack.enter_context(throwaway.valkey(folder))
        yield {
            **os.environ, "VAR_DIR": str(folder), "DATABASE_URL": database,
            "REDIS_URL": f"{valkey}/0", "SECRET_KEY": "bench", "EMAIL_URL": "dummymail://",
            "ALLOWED_HOSTS": "*", "BASE_URL": "http://localhost", "STAFF_MFA_REQUIRED": "0",
            "VAULT_KEYRING": json.dumps({"bench": "A" * 43 + "="}), "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "portal.settings", "PYTHONPATH": str(ROOT), "DEMO": "0",
        }  # fmt: skip


def new_database(environment: dict[str, str], name: str) -> dict[str, str]:
    """The same environment with an empty database of its own on the same server."""
    import psycopg

    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        # Only the connection's own process is measured: nothing may be done by others.
        connection.execute(f'ALTER DATABASE "{name}" SET max_parallel_workers_per_gather = 0')
        # As docker-compose.yml has it, for disks without moving parts.
        connection.execute(f'ALTER DATABASE "{name}" SET random_page_cost = 1.1')
    url = environment["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    number = sum(name.encode()) % 15 + 1
    valkey = environment["REDIS_URL"].rpartition("/")[0] + f"/{number}"
    return {**environment, "DATABASE_URL": url, "REDIS_URL": valkey}


class Site:
    """The portal in this process, over a database with ``documents`` documents.

    A database that is filled already is taken as it is. ``ana`` receives for three units with 30
    documents a month each, however many others there are. ``fill`` fills it with something else.
    """

    def __init__(
        self, documents: int, *, fill: Callable[[int], None] | None = None,
        is_filled: Callable[[], bool] | None = None, people: Sequence[str] = ("ana", "admin"),
    ) -> None:  # fmt: skip
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.core.wsgi import get_wsgi_application

        settings.STORAGES["staticfiles"]["BACKEND"] = (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
        import filling
        from django.db import connection

        from invoices.models import Document
        from portal.ui.pages import last_page_cursor

        # Measured in turns with long pauses: its process must stay the same.
        connection.settings_dict["CONN_MAX_AGE"] = None
        call_command("migrate", verbosity=0)
        self.application = get_wsgi_application()
        self._add_bare_views()
        self._lift_limits()
        if not (is_filled or Document.objects.exists)():
            (fill or filling.fill)(documents)
        self.last_page = f"cursor={quote(last_page_cursor())}"
        gc.freeze()  # as deploy/gunicorn.conf.py does in the workers
        gc.set_threshold(10_000)
        self.cookies = {name: self._log_in(name) for name in people}

    def _add_bare_views(self) -> None:
        """Views that do nothing, behind the same middleware."""
        from django.contrib.auth.decorators import login_not_required
        from django.http import HttpRequest, HttpResponse
        from django.urls import path

        import portal.urls

        def bare(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
            return HttpResponse("ok")

        @login_not_required
        def stranger(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
            return HttpResponse("ok")

        portal.urls.urlpatterns += [path("nada/", bare), path("nada/publico/", stranger)]

    def _lift_limits(self) -> None:
        """A bench asks for a page more often in a minute than anybody may."""
        from portal.accounts import limits

        limits.limit_of = lambda action: limits.Limit(10**9, 60)  # noqa: ARG005

    def _log_in(self, name: str) -> str:
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.cached_db import SessionStore

        from portal.accounts.models import User

        user = User.objects.get(email=f"{name}@bench.example")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"

    def get(self, path: str, who: str = "", expect: int = 200) -> int:
        """Ask for a page and read it to its end; the number of bytes."""
        path, _, query = path.partition("?")
        if query.endswith(LAST_PAGE):
            query = query.removesuffix(LAST_PAGE) + self.last_page
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http", "HTTP_ACCEPT_LANGUAGE": "pt-BR", "HTTP_USER_AGENT": "bench",
            **({"HTTP_COOKIE": self.cookies[who]} if who else {}),
        }  # fmt: skip
        status: list[str] = []
        response = self.application(environ, lambda line, headers: status.append(line))  # noqa: ARG005
        size = sum(len(chunk) for chunk in response)
        response.close()
        if not status[0].startswith(str(expect)):
            raise RuntimeError(f"{path}: {status[0]}")
        return size

    def cpu(self, path: str, who: str = "", times: int = 20) -> float:
        """Milliseconds of CPU per request, this process and the database's together."""
        backend = self._backend()
        mine, theirs = time.process_time(), cpu_of(backend)
        for _ in range(times):
            self.get(path, who)
        if self._backend() != backend:
            raise RuntimeError("The connection was not kept")
        return (time.process_time() - mine + cpu_of(backend) - theirs) * 1000 / times

    def own_cpu(self, path: str, who: str = "", times: int = 20) -> float:
        """Milliseconds of this process' CPU per request."""
        start = time.process_time()
        for _ in range(times):
            self.get(path, who)
        return (time.process_time() - start) * 1000 / times

    def queries(self, path: str, who: str = "") -> int:
        """How many statements a request makes."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self.get(path, who)
        with CaptureQueriesContext(connection) as caught:
            self.get(path, who)
        return len(caught)

    def _backend(self) -> int:
        from django.db import connection

        connection.ensure_connection()
        return int(connection.connection.info.backend_pid)


def cpu_of(pid: int) -> float:
    """Seconds on the CPU, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def sandbox_seconds() -> float:
    """Of CPU, of this process's warm sandbox and of its children that have ended; 0 without one."""
    from portal.sandbox import warm

    if warm._server is None:
        return 0.0
    stat = Path(f"/proc/{warm._server.process.pid}/stat").read_text().rpartition(")")[2].split()
    utime_to_cstime = stat[11:15]
    return sum(map(int, utime_to_cstime)) / os.sysconf("SC_CLK_TCK")


class Remote:
    """A Site in a process of its own, so that two sizes can be measured in turns."""

    def __init__(self, environment: dict[str, str], documents: int, fill: str = "filling") -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(documents), fill],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ready(self) -> None:
        self._answer()

    def cpu(self, path: str, who: str, times: int = 10) -> float:
        assert self.process.stdin
        self.process.stdin.write(json.dumps([path, who, times]) + "\n")
        self.process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The measured process ended with {self.process.wait()}")
        return line.strip()

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)


def compare_sizes(
    line: int, goal: str, pages: dict[str, tuple[str, str]], *, few: int, many: int, rounds: int,
    fill: str = "filling",
) -> None:  # fmt: skip
    """Each page at ``many`` documents against the same page at ``few``; ``fill``: see ``serve``."""
    with servers() as environment:
        small = Remote(new_database(environment, "few"), few, fill)
        large = Remote(new_database(environment, "many"), many, fill)
        try:
            for site in (small, large):
                site.ready()
            for measure, (path, who) in pages.items():
                ours, floor, ratio = median_of_pairs(
                    partial(large.cpu, path, who), partial(small.cpu, path, who), rounds
                )
                report(line, measure, ours, floor, goal, median_ratio=round(ratio, 3), many=many)
        finally:
            small.close()
            large.close()


def serve() -> None:
    """Answers one measure per line until its input ends.

    Arguments: how many rows, and the module that fills (``fill``, and ``is_filled`` where it is
    not about documents).
    """
    answers, sys.stdout = sys.stdout, sys.stderr
    filled_by = import_module(sys.argv[2])
    site = Site(
        int(sys.argv[1]), fill=filled_by.fill, is_filled=getattr(filled_by, "is_filled", None)
    )
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        path, who, times = json.loads(line)
        print(site.cpu(path, who, times), file=answers, flush=True)


if __name__ == "__main__":
    serve()
