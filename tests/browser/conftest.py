"""A portal with the demonstration data on a port of its own, and a Chromium to look at it with.

Making the demonstration costs most of a minute, so the processes of pytest-xdist share one portal:
whoever needs it first starts it, whoever leaves it last stops it.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)


@dataclass
class Portal:
    """Where the portal answers, who may sign in (name -> CPF, e-mail, password), and the sessions
    in which each of them is signed in already (name -> cookie)."""

    url: str
    folder: str
    logins: dict[str, list[str]]
    sessions: dict[str, str]
    env: dict[str, str]

    def first_to_see(self, name: str) -> bool:
        """True for one of the test processes, once per portal."""
        try:
            (Path(self.folder) / "seen" / re.sub(r"\W+", "-", name)).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def shell(self, code: str) -> str:
        """What the portal itself prints."""
        return manage(self.env, "shell", "-v0", "--no-imports", "-c", code)

    def read_picture(self, key: str) -> str:
        """The security code of a login form, as a person reads it from the picture."""
        return self.shell(
            "from captcha.models import CaptchaStore\n"
            f"print(CaptchaStore.objects.get(hashkey={key!r}).response)"
        ).strip()


def manage(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        check=False,
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


SESSIONS = """
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from portal.accounts.models import User
for user in User.objects.filter(email__endswith="@demo.balcao.example"):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "portal.accounts.backends.AccountBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    print(user.email.split("@")[0], session.session_key)
"""


def make_portal(folder: Path) -> Portal:
    """The demonstration on SQLite, in a state folder of its own; not yet answering."""
    url = f"http://127.0.0.1:{free_port()}"
    env = {
        k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    env |= {
        "VAR_DIR": str(folder / "var"),
        "REDIS_URL": "memory://",
        "DEMO": "1",
        "BASE_URL": url,
        "CERTIFICATE_ENTRANCE_URL": "https://localhost:9",  # offered; its own tests start one
        "LOG_LEVEL": "WARNING",
    }
    (folder / "seen").mkdir()
    manage(env, "migrate", "-v0")
    manage(env, "collectstatic", "--noinput", "-v0")
    manage(env, "demo")
    logins = {}
    for line in manage(env, "demo", "--logins").splitlines():
        if found := re.search(r"(\S+)\s+((\w+)@\S+)\s+(\S+)$", line):
            cpf, email, name, password = found.groups()
            logins[name] = [cpf, email, password]
    made = Portal(url, str(folder), logins, {}, env)
    made.sessions = dict(line.split() for line in made.shell(SESSIONS).splitlines())
    return made


def start(portal: Portal) -> int:
    """The process of the web server, once it answers."""
    log = Path(portal.folder) / "gunicorn.log"
    with log.open("a") as out:
        server = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", "portal.wsgi",
                "-b", portal.url.removeprefix("http://"),
                "-k", "gthread", "--threads", "4", "--no-control-socket",
            ],
            cwd=ROOT, env=portal.env, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{portal.url}/saude/", timeout=2)
        except OSError:
            time.sleep(0.25)
        else:
            return server.pid
    server.terminate()
    pytest.fail(log.read_text()[-3000:])


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While inside, no other test process is."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal that all test processes share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-portal"
    folder.mkdir(exist_ok=True)
    state, users = folder / "portal.json", folder / "users.json"
    with alone(folder):
        if not state.exists():
            state.write_text(json.dumps(asdict(make_portal(folder))))
        portal = Portal(**json.loads(state.read_text()))
        pid, count = json.loads(users.read_text()) if users.exists() else (0, 0)
        users.write_text(json.dumps((pid if count else start(portal), count + 1)))
    yield portal
    with alone(folder):
        pid, count = json.loads(users.read_text())
        users.write_text(json.dumps((pid, count - 1)))
        if count == 1:
            os.kill(pid, signal.SIGTERM)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.fail("No Chromium found: install the package chromium, or set CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, portal: Portal) -> Iterator[BrowserContext]:
    """A fresh browser profile at the portal's address."""
    made = chromium.new_context(
        base_url=portal.url, locale="pt-BR", timezone_id="America/Sao_Paulo"
    )
    yield made
    made.close()
