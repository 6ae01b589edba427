"""The ground of the page benches: a throw-away PostgreSQL and Valkey, generated rows, CPU time.

Pages are asked of the WSGI application itself, in this process, with everything that production
has around it: middleware, sessions in Valkey, a persistent connection. CPU time is that of this
process and of the database's process behind its connection.
"""

import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]
OWN_UNITS, OWN_PER_MONTH, MONTHS = 3, 30, 6
PER_UNIT = 150  # documents of every other unit


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
    url = environment["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    number = sum(name.encode()) % 15 + 1
    valkey = environment["REDIS_URL"].rpartition("/")[0] + f"/{number}"
    return {**environment, "DATABASE_URL": url, "REDIS_URL": valkey}


class Site:
    """The portal in this process, over a database with ``documents`` documents.

    ``ana`` receives for three units with 30 documents a month each, however many others there are.
    """

    def __init__(self, documents: int) -> None:
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.core.wsgi import get_wsgi_application

        settings.STORAGES["staticfiles"]["BACKEND"] = (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
        from django.db import connection

        # Measured in turns with long pauses: its process must stay the same.
        connection.settings_dict["CONN_MAX_AGE"] = None
        call_command("migrate", verbosity=0)
        self.application = get_wsgi_application()
        self._add_bare_views()
        fill(documents)
        self.cookies = {name: self._log_in(name) for name in ("ana", "admin")}

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
        mine, theirs = time.process_time(), _cpu_of(backend)
        for _ in range(times):
            self.get(path, who)
        if self._backend() != backend:
            raise RuntimeError("The connection was not kept")
        return (time.process_time() - mine + _cpu_of(backend) - theirs) * 1000 / times

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


def _cpu_of(pid: int) -> float:
    """Seconds on the CPU, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def fill(documents: int) -> None:
    """People, units and so many documents, made by the database itself."""
    from django.db import connection

    from portal.accounts.models import Company, Grant, Unit, User
    from tests.factories import a_cnpj, make_report_type, make_type

    types = [make_type().pk, make_type("fatura-material", "Fatura de material").pk]
    types.append(make_report_type().pk)
    ana = User.objects.create_user("x", name="Ana Souza", email="ana@bench.example")
    User.objects.create_superuser("x", name="Alice Admin", email="admin@bench.example")
    own = Company.objects.create(name="Secretaria A", tax_id=a_cnpj())
    other = Company.objects.create(name="Empresa B", tax_id=a_cnpj())
    units = [Unit.objects.create(company=own, code=f"U{i}", name=f"Unidade {i}") for i in range(3)]
    Grant.objects.create(user=ana, company=own)
    others = max(1, (documents - OWN_UNITS * OWN_PER_MONTH * MONTHS) // PER_UNIT)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_unit (company_id, code, name, cnpj, state_registration, "
            "timezone, is_active) SELECT %s, 'X' || i, 'Unidade ' || i, '', '', "
            "'America/Sao_Paulo', true FROM generate_series(1, %s) i",
            [other.pk, others],
        )
        cursor.execute("SELECT min(id) FROM accounts_unit WHERE company_id = %s", [other.pk])
        first = cursor.fetchone()[0]
        for unit in units:
            _documents(cursor, OWN_PER_MONTH * MONTHS, f"{unit.pk}", types, f"o{unit.pk}-")
        _documents(cursor, others * PER_UNIT, f"{first} + (i - 1) / {PER_UNIT}", types, "x")
        cursor.execute(
            "INSERT INTO invoices_documentevent (document_id, kind, user_id, at, note) "
            "SELECT id, 'published', NULL, published_at, '' FROM invoices_document"
        )
        cursor.execute("ANALYZE")


def _documents(cursor: Any, count: int, unit: str, types: list[int], prefix: str) -> None:
    """Spread over the last six months; columns that are not named here get their defaults."""
    from invoices.models import Document

    month = f"(date_trunc('month', now())::date - (i % {MONTHS} || ' month')::interval)::date"
    kinds = f"(ARRAY{types})[1 + (i / {MONTHS}) % {len(types)}]"
    report = types[-1]
    text = {
        "unit_id": unit, "type_id": kinds, "period": month, "number": f"'{prefix}' || i",
        "amount_cents": "100000 + i % 900000", "due_date": f"{month} + 50",
        "file_key": f"'{prefix}k' || i", "file_name": "'f.pdf'", "size": "30000",
        "content_type": "'application/pdf'", "signature": "'pades'",
        "sha256": f"md5('{prefix}' || i) || md5('{prefix}b' || i)", "source_sha256": "repeat('0', 64)",
        "signed_by": "'SERVIÇOS DO ESTADO S.A.:00000000000191'", "signed_at": "now()",
        "verification_code": f"upper(substr(md5('{prefix}' || i), 1, 16))",
        "published_at": f"now() - (i % {MONTHS} || ' month')::interval",
        "available_until": f"(now() + ({MONTHS} - i % {MONTHS} || ' month')::interval)::date",
        "expires_at": f"now() + ({MONTHS} - i % {MONTHS} || ' month')::interval",
        "release": f"CASE WHEN {kinds} = {report} THEN 'not_asked' WHEN i % {MONTHS} > 1 "
        "THEN 'released' WHEN i % 997 = 0 THEN 'contested' ELSE 'pending' END",
        "release_at": "now()",
    }  # fmt: skip
    values = []
    for field in Document._meta.concrete_fields:
        if field.primary_key:
            continue
        default = field.get_default()
        plain = "NULL" if default is None else f"'{default}'"
        values.append((field.column, text.get(field.column, plain)))
    columns = ", ".join(f'"{name}"' for name, _ in values)
    cursor.execute(
        f"INSERT INTO invoices_document ({columns}) "
        f"SELECT {', '.join(value for _, value in values)} FROM generate_series(1, {count}) i"
    )


class Remote:
    """A Site in a process of its own, so that two sizes can be measured in turns."""

    def __init__(self, environment: dict[str, str], documents: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(documents)],
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
    line: int, goal: str, pages: dict[str, tuple[str, str]], *, few: int, many: int, rounds: int
) -> None:
    """Each page at ``many`` documents against the same page at ``few``."""
    with servers() as environment:
        small = Remote(new_database(environment, "few"), few)
        large = Remote(new_database(environment, "many"), many)
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
    """Answers one measure per line until its input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr
    site = Site(int(sys.argv[1]))
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        path, who, times = json.loads(line)
        print(site.cpu(path, who, times), file=answers, flush=True)


if __name__ == "__main__":
    serve()
