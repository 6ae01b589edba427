"""A portal and its certificate entrance as real processes, and people who come with certificates."""

import contextlib
import http.client
import os
import shutil
import signal
import ssl
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from django.conf import settings

from tests.certificates import authority
from tests.database import alone
from tests.racing import PATIENCE_SECONDS, wait_until
from tests.server.stack import free_port

DOOR = ["-c", "deploy/gunicorn_entrance.conf.py", "certificates.entrance.door.wsgi"]
# The company of the demonstration's e-CNPJ, with two inscrições; and files for everybody.
WORLD = """
from datetime import datetime, timedelta, UTC
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from pathlib import Path
from certificates import demo
from certificates.demo.authority import issue_under
from portal.accounts.models import Company, Unit
demo.people(); demo.root_file(); demo.server()
card = demo.one("e-cnpj")
company = Company.objects.create(name=card.company, tax_id=card.cnpj)
for number in (1, 2):
    Unit.objects.create(company=company, code=f"F{number}", name=f"Filial {number}",
                        cnpj=card.cnpj, state_registration=f"00123456{number}")
now = datetime.now(UTC)
for slug, usages in {"so-servidor": [Usage.SERVER_AUTH],
                     "servidor-e-cliente": [Usage.SERVER_AUTH, Usage.CLIENT_AUTH]}.items():
    key = rsa.generate_private_key(65537, 2048)
    made = issue_under(demo.demo_ca().issuer, key.public_key(), common_name="www.exemplo.com.br",
                       names=[x509.DNSName("www.exemplo.com.br")], not_before=now - timedelta(1),
                       not_after=now + timedelta(9), usages=usages)
    (demo.folder() / f"{slug}.both.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM))
"""


@dataclass
class Answer:
    """``reason``: the data-reason that the page names, if any."""

    status: int
    headers: Mapping[str, str]
    body: str
    cookies: SimpleCookie

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    @property
    def reason(self) -> str:
        _, _, rest = self.body.partition('data-reason="')
        return rest.partition('"')[0]


@dataclass
class World:
    folder: Path
    port: int
    door_port: int
    env: dict[str, str]
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self, *arguments: str, **more: str) -> None:
        with (self.folder / "servers.log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "gunicorn", *arguments],
                    cwd=settings.BASE_DIR, env=self.env | more, stdout=log, stderr=log,
                )
            )  # fmt: skip

    def said(self) -> str:
        return (self.folder / "servers.log").read_text(errors="replace")

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR, env=self.env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    def shell(self, code: str) -> str:
        return self.manage("shell", "-v0", "--no-imports", "-c", code)

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(PATIENCE_SECONDS)

    @property
    def people(self) -> Path:
        return self.folder / "var" / "demo-ca"

    def pem_of(self, slug: str) -> Path:
        """Certificate and key in one file, as Python's ssl wants them."""
        file = self.people / f"{slug}.both.pem"
        if not file.exists():
            held = pkcs12.load_pkcs12((self.people / f"{slug}.pfx").read_bytes(), b"demonstracao")
            assert held.key
            assert held.cert
            file.write_bytes(_both(held.key, held.cert.certificate))  # type: ignore[arg-type]
        return file

    def stranger(self) -> Path:
        """A sound e-CPF of an authority that nobody here knows."""
        file = self.people / "desconhecido.both.pem"
        if not file.exists():
            key = authority.a_key("stranger")
            made = authority.Authority.root("AC de outro lugar").issue(key=key)
            file.write_bytes(_both(key, made))
        return file

    def tls(self, who: Path | None = None, **versions: ssl.TLSVersion) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.people / "raiz.pem"))
        if who:
            context.load_cert_chain(who)
        for name, version in versions.items():
            setattr(context, name, version)
        return context

    def at_door(
        self, path: str, who: Path | None = None, *, headers: Mapping[str, str] | None = None,
        context: ssl.SSLContext | None = None, port: int = 0, host: str = "127.0.0.1",
    ) -> Answer:  # fmt: skip
        context = context or self.tls(who)
        line = http.client.HTTPSConnection(
            host, port or self.door_port, context=context, timeout=PATIENCE_SECONDS
        )
        return _asked(line, path, headers)

    def portal(
        self, path: str, cookies: SimpleCookie | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:  # fmt: skip
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        sent = "; ".join(f"{c.key}={c.coded_value}" for c in (cookies or {}).values() if c.value)
        return _asked(line, path, {**(headers or {}), **({"Cookie": sent} if sent else {})})

    def begin(self, next_url: str = "") -> tuple[str, SimpleCookie]:
        """The entrance's path and the browser's cookies after the button was pressed."""
        query = f"?{urllib.parse.urlencode({'next': next_url})}" if next_url else ""
        answer = self.portal(f"/entrar/certificado/ir/{query}")
        assert answer.status == 302, answer.body
        return path_of(answer.location), answer.cookies

    def ticket(self, who: Path) -> tuple[str, SimpleCookie]:
        """The path with which the entrance sends somebody back, and the cookies for it."""
        path, cookies = self.begin()
        answer = self.at_door(path, who)
        assert answer.status == 302, answer.body
        return path_of(answer.location), cookies


def path_of(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _both(key: rsa.RSAPrivateKey, made: x509.Certificate) -> bytes:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + made.public_bytes(Encoding.PEM)


def _asked(
    line: http.client.HTTPConnection, path: str, headers: Mapping[str, str] | None
) -> Answer:
    with contextlib.closing(line):
        line.request("GET", path, headers=dict(headers or {}))
        got = line.getresponse()
        cookies: SimpleCookie = SimpleCookie()
        for value in got.headers.get_all("Set-Cookie") or []:
            cookies.load(value)
        plain = {name.lower(): value for name, value in got.getheaders()}
        return Answer(got.status, plain, got.read().decode(errors="replace"), cookies)


def peopled(run_folder: Path, like: Path) -> Path:
    """The state folder ``like`` with the entrance's people in it: made once a run."""
    var = run_folder / "peopled"
    with alone(run_folder / "peopled.lock"):
        if not var.exists():
            unfinished = run_folder / "peopled.unfinished"
            shutil.copytree(like, unfinished)
            World(run_folder, 0, 0, _environment(unfinished)).shell(WORLD)
            unfinished.rename(var)
    return var


def _environment(var: Path) -> dict[str, str]:
    kept = {
        k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    return kept | {
        "VAR_DIR": str(var), "REDIS_URL": "memory://", "DEMO": "1", "LOG_LEVEL": "INFO",
    }  # fmt: skip


@contextlib.contextmanager
def running(folder: Path, like: Path, **more: str) -> Iterator[World]:
    """The portal with its people; the entrance is for the test to start.

    Its state folder begins as a copy of ``like``: see ``peopled``.
    """
    shutil.copytree(like, folder / "var")
    port, door_port = free_port(), free_port()
    env = _environment(folder / "var") | {
        "BASE_URL": f"http://127.0.0.1:{port}",
        "CERTIFICATE_ENTRANCE_URL": f"https://127.0.0.1:{door_port}",
        "ENTRANCE_BIND": f"127.0.0.1:{door_port}", "BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": "1", **more,
    }  # fmt: skip
    world = World(folder, port, door_port, env)
    try:
        world.start("-c", "deploy/gunicorn.conf.py", "portal.wsgi")
        wait_until(lambda: answers(port), "the portal", state=world.said)
        yield world
    finally:
        world.stop()


def answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        with contextlib.closing(line):
            line.request("GET", "/saude/vivo")
            return line.getresponse().status == 200
    return False
