"""A process that asks a mailbox is killed before each of its steps: nothing is lost or doubled.

The mailbox is dovecot's, the kill is SIGKILL from inside, exactly before the k-th commit or file,
for every k. Whoever asks next must bring all to the same end.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from tests.tickets import dovecot
from tests.tickets.posting import a_mail
from tests.token_server import serving_tokens

pytestmark = [
    pytest.mark.server(desk="tickets"),
    pytest.mark.skipif(not dovecot.PROGRAM, reason="NO TEST OF IMAP: install dovecot-imapd"),
]
MAILS = 2
MOST = 60  # steps; a poll with more would be a loop


def portal_in(var: Path) -> Callable[..., tuple[int, str]]:
    """Runs ``tests.server.faults.polling`` with this state: exit code and what it printed."""
    left_out = {"DATABASE_URL", "REDIS_URL"}
    env = {name: value for name, value in os.environ.items() if name not in left_out} | {
        "VAR_DIR": str(var), "REDIS_URL": "memory://", "DEMO": "0",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }  # fmt: skip

    def run(*args: object) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.server.faults.polling", *map(str, args)],
            cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        return done.returncode, done.stdout

    return run


def test_no_mail_is_lost_or_doubled_whatever_step_of_a_poll_the_process_is_killed_at(
    tmp_path: Path, prepared_var: Path
) -> None:
    with serving_tokens() as tokens, dovecot.serving(tokens) as server:
        for number in range(MAILS):
            raw = a_mail(f"Mensagem {number}.", Message_ID=f"<{number}@exemplo.com.br>")
            server.deliver(raw, f"{number}")
        for step in range(1, MOST):
            var = tmp_path / f"{step}"
            shutil.copytree(prepared_var, var)
            run = portal_in(var)
            run("build", server.port, dovecot.PASSWORD)
            code, _ = run("poll", step)
            if code:
                run("poll", 0)
            _, said = run("report")
            found = json.loads(said.strip().splitlines()[-1])
            assert found == {"mails": [[1, "taken"], [2, "taken"]], "entries": MAILS}, step
            shutil.rmtree(var)
            if not code:
                break
        else:
            raise AssertionError("more steps than there can be")
        assert step > 2 * MAILS  # it was killed in the middle
