"""A Chromium whose own store holds one certificate, and a portal with its entrance to show it to.

The certificate is imported as a person would (NSS, ``pk12util``), the demonstration's root is
trusted, and a policy answers the browser's question for the certificate. Chromium reads policies
from ``/etc`` alone: it runs in a mount namespace of its own, where that folder is another.
"""

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.browser.conftest import CHROMIUM
from tests.racing import wait_until
from tests.server.entrance import DOOR, World, running

NAMESPACE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-U", "-r", "--mount"]
TOOLS = ("certutil", "pk12util", "unshare")
POLICIES = "/etc/chromium/policies/managed"


def can_hide_etc() -> bool:
    if not Path("/etc/chromium").is_dir() or not all(map(shutil.which, TOOLS)):
        return False
    tried = [*NAMESPACE, "mount", "-t", "tmpfs", "none", "/etc/chromium"]
    return subprocess.run(tried, check=False, capture_output=True).returncode == 0


needs_own_store = pytest.mark.skipif(
    not can_hide_etc(), reason="needs certutil, pk12util, unshare and Debian's Chromium"
)


@contextmanager
def world_with_entrance(folder: Path, like: Path) -> Iterator[World]:
    """The portal with its people, and the certificate entrance beside it."""
    with running(folder, like) as made:
        made.start(*DOOR)
        wait_until(lambda: _listens(made), "the entrance", state=made.said)
        yield made


def _listens(world: World) -> bool:
    try:
        return world.at_door("/saude/vivo").status == 200
    except OSError:
        return False


def _store(home: Path, world: World, pfx: Path, password: str) -> None:
    """Chromium's store of certificates, holding the demonstration's root and one person's file."""
    nss = home / ".pki" / "nssdb"
    nss.mkdir(parents=True)
    database = f"sql:{nss}"
    root = ["-A", "-n", "demo", "-t", "C,,", "-i", str(world.people / "raiz.pem")]
    for command in (
        ["certutil", "-N", "-d", database, "--empty-password"],
        ["certutil", *root, "-d", database],
        ["pk12util", "-i", str(pfx), "-d", database, "-K", "", "-W", password],
    ):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, f"{command[0]}: {done.stderr}"


def _wrapper(folder: Path, world: World) -> Path:
    """Starts Chromium where /etc/chromium holds our policy and nothing else."""
    choice = {"pattern": f"https://127.0.0.1:{world.door_port}", "filter": {}}
    policy = folder / "policy.json"
    policy.write_text(json.dumps({"AutoSelectCertificateForUrls": [json.dumps(choice)]}))
    script = folder / "chromium"
    inside = (
        f"mount -t tmpfs none /etc/chromium && mkdir -p {POLICIES} && "
        f'cp {policy} {POLICIES}/ && exec {CHROMIUM} "$@"'
    )
    script.write_text(f"#!/bin/sh\nexec {' '.join(NAMESPACE)} sh -c '{inside}' chromium \"$@\"\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


@contextmanager
def browser_with(
    pfx: Path, password: str, world: World, driver: Playwright, home: Path, *, scripts: bool = True
) -> Iterator[BrowserContext]:
    """A browser that shows the certificate of this file; ``home`` is its folder, not there yet."""
    _store(home, world, pfx, password)
    browser = driver.chromium.launch(
        executable_path=_wrapper(home, world),
        env={**os.environ, "HOME": str(home)},
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking",
              "--disable-component-update"],
    )  # fmt: skip
    context = browser.new_context(
        base_url=world.env["BASE_URL"], locale="pt-BR", java_script_enabled=scripts
    )
    try:
        yield context
    finally:
        browser.close()


def to_the_entrance(page: Page) -> None:
    page.goto("/entrar/")
    page.get_by_role("link", name="Com certificado digital").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Entrar com certificado digital")
    page.get_by_role("link", name="Escolher o certificado").click()
