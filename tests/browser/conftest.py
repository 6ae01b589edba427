"""A portal with the demonstration data on a port of its own, and a Chromium to look at it with.

Making the demonstration costs most of a minute, so the processes of pytest-xdist share one portal:
whoever needs it first starts it, whoever leaves it last stops it.
"""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.browser import desks
from tests.database import alone

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)


def pytest_addoption(parser: pytest.Parser) -> None:
    desks.add_options(parser)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The walks first, whatever the order of the rest: the longest decides how long all take."""
    items.sort(key=lambda item: "test_walk" not in item.nodeid)


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
        asked = "SELECT response FROM captcha_captchastore WHERE hashkey = ?"
        with closing(sqlite3.connect(Path(self.env["VAR_DIR"]) / "balcao.sqlite3")) as database:
            return str(database.execute(asked, [key]).fetchone()[0])


def manage(env: dict[str, str], *arguments: str) -> str:
    """What the command printed, once it has come to a good end."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


# Each interpreter that starts costs seconds: one does it all, and says it in its last line.
SET_UP = """
import json, time
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.management import call_command
from portal.demo.cast import CAST, PASSWORD
from portal.accounts.models import User
from portal.taxid import format_tax_id
call_command("demo")
logins, sessions = {}, {}
for person in CAST:
    user = User.objects.get(cpf=person.cpf)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "portal.accounts.backends.AccountBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    # They have just signed in by password, which is asked again before what hands access over.
    session["account_authentication_methods_user"] = str(user.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() + 36_000}]
    session.save()
    sessions[person.login] = session.session_key
    logins[person.login] = [format_tax_id(person.cpf), person.email, PASSWORD]
print(json.dumps([logins, sessions]))
"""


def make_portal(folder: Path, like: Path) -> Portal:
    """The demonstration on SQLite, in a copy of the state folder ``like``; not yet answering."""
    url = f"http://127.0.0.1:{free_port()}"
    env = {
        k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    env |= {
        "VAR_DIR": str(folder / "var"),
        "SECRET_KEY": secrets.token_urlsafe(64),  # not left to whichever process comes first
        "REDIS_URL": "memory://",
        "DEMO": "1",
        "BASE_URL": url,
        "CERTIFICATE_ENTRANCE_URL": "https://localhost:9",  # offered; its own tests start one
        "LOG_LEVEL": "WARNING",
    }
    (folder / "seen").mkdir()
    shutil.copytree(like, folder / "var")
    said = manage(env, "shell", "-v0", "--no-imports", "-c", SET_UP)
    logins, sessions = json.loads(said.splitlines()[-1])
    return Portal(url, str(folder), logins, sessions, env)


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
            urllib.request.urlopen(f"{portal.url}/saude/vivo", timeout=2)
        except OSError:
            time.sleep(0.25)
        else:
            return server.pid
    server.terminate()
    pytest.fail(log.read_text()[-3000:])


@pytest.fixture(scope="session")
def portal(run_folder: Path, prepared_var: Path) -> Iterator[Portal]:
    """The portal that all test processes share."""
    folder = run_folder / "shared-portal"
    folder.mkdir(exist_ok=True)
    state, users = folder / "portal.json", folder / "users.json"
    with alone(folder / "lock"):
        if not state.exists():
            state.write_text(json.dumps(asdict(make_portal(folder, prepared_var))))
        portal = Portal(**json.loads(state.read_text()))
        pid, count = json.loads(users.read_text()) if users.exists() else (0, 0)
        users.write_text(json.dumps((pid if count else start(portal), count + 1)))
    yield portal
    with alone(folder / "lock"):
        pid, count = json.loads(users.read_text())
        users.write_text(json.dumps((pid, count - 1)))
        if count == 1:
            os.kill(pid, signal.SIGTERM)


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    """What drives browsers; a process can have one."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(driver: Playwright) -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.fail("No Chromium found: install the package chromium, or set CHROMIUM.")
    browser = driver.chromium.launch(
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
