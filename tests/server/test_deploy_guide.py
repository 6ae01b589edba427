"""docs/deploy.md, followed command by command on a machine of its own, ends in a portal that works."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
from django.conf import settings

NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
NEEDED = ("unshare", "nginx", "adduser", "runuser", "setpriv", "ip", "openssl")


@cache
def _lacks() -> str:
    """Why it cannot be tried here; "" if it can."""
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    if os.geteuid():
        return "it takes root to make users and a machine of one's own"
    trial = "mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w && mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w /etc"
    done = subprocess.run([*NAMESPACES, "sh", "-c", trial], check=False, capture_output=True)
    return "" if not done.returncode else "this system gives nobody a machine of their own"


pytestmark = [pytest.mark.server, pytest.mark.skipif(bool(_lacks()), reason=_lacks())]


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": "/root"}
    command = [*NAMESPACES, sys.executable, "tests/server/guide_machine.py"]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=env, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_page_comes_with_its_styles(seen: dict[str, Any]) -> None:
    assert seen["style"] == [200, True]


def test_a_document_is_opened_through_nginx_as_another_user(seen: dict[str, Any]) -> None:
    assert seen["document"] == [200, True]
    assert (seen["nginx"], seen["web"]) == ("www-data", "balcao")


def test_mail_leaves_with_a_sender_that_servers_take(seen: dict[str, Any]) -> None:
    [mail] = seen["mails"]
    assert "<portal@example.com.br>" in mail
    assert "To: ana@exemplo.com.br" in mail


def test_the_log_keeps_no_arguments(seen: dict[str, Any]) -> None:
    assert "GET /" in seen["log"]
    assert "12345678909" not in seen["log"]
