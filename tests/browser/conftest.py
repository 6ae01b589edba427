"""A portal with the demonstration data on a port of its own, and a Chromium to look at it with."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)


@dataclass
class Portal:
    """Where the portal answers, and the demonstration logins: name -> (CPF, e-mail, password)."""

    url: str
    logins: dict[str, tuple[str, str, str]]
    env: dict[str, str]

    def session_of(self, role: str) -> str:
        """A session cookie for the role, made by the portal's own session engine."""
        code = (
            "from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY\n"
            "from django.contrib.sessions.backends.cached_db import SessionStore\n"
            "from portal.accounts.models import User\n"
            f"u = User.objects.get(email={self.logins[role][1]!r})\n"
            "s = SessionStore()\n"
            "s[SESSION_KEY] = str(u.pk)\n"
            "s[BACKEND_SESSION_KEY] = 'portal.accounts.backends.AccountBackend'\n"
            "s[HASH_SESSION_KEY] = u.get_session_auth_hash()\n"
            "s.save()\n"
            "print('KEY', s.session_key)"
        )
        out = manage(self.env, "shell", "-v0", "-c", code)
        return out.split("KEY ")[1].strip()


def manage(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
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


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Started once per test process, on SQLite with its own state folder."""
    var = tmp_path_factory.mktemp("portal")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    env |= {
        "VAR_DIR": str(var),
        "REDIS_URL": "memory://",
        "DEMO": "1",
        "BASE_URL": url,
        "LOG_LEVEL": "WARNING",
    }
    manage(env, "migrate", "-v0")
    manage(env, "collectstatic", "--noinput", "-v0")
    manage(env, "demo")
    logins = {}
    for line in manage(env, "demo", "--logins").splitlines():
        if found := re.search(r"(\S+)\s+((\w+)@\S+)\s+(\S+)$", line):
            cpf, email, name, password = found.groups()
            logins[name] = (cpf, email, password)
    log = (var / "gunicorn.log").open("w")
    server = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "portal.wsgi", "-b", f"127.0.0.1:{port}",
            "-k", "gthread", "--threads", "4", "--no-control-socket",
        ],
        cwd=ROOT, env=env, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{url}/saude/", timeout=2)
                break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail((var / "gunicorn.log").read_text()[-3000:])
        yield Portal(url, logins, env)
    finally:
        server.terminate()
        server.wait(15)


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
