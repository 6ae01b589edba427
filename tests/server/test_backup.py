"""docs/backup.md does what it says: its own commands, on a portal that then loses everything."""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

# Seven starts of Django, one after the other.
pytestmark = pytest.mark.server

SETUP = "import json, django; django.setup(); from django.utils import timezone\n"
BUILD = """
from certificates.services import install_pfx
from portal.audit.services import record
from tests.certificates import authority
from tests.factories import make_cast, make_document

cast = make_cast()
leaf = authority.certificate(names=authority.company_names())
install_pfx(authority.pfx(leaf=leaf), authority.PASSWORD, label="A1", by=None)
document = make_document(cast.unit_a1)
record("document.published", target=document, company=cast.company_a.pk)
print(json.dumps({"document": document.pk, "sha256": document.sha256, "user": cast.ana.pk}))
"""
LOOK = """
import hashlib
from certificates.services import current_signer
from django.test import Client
from django.urls import reverse
from portal.accounts.models import User

ana = Client(SERVER_NAME="localhost")
ana.force_login(User.objects.get(pk=MADE["user"]))
answer = ana.get(reverse("invoices:save", args=[MADE["document"]]))
print(json.dumps({
    "status": answer.status_code,
    "sha256": hashlib.sha256(b"".join(answer)).hexdigest(),
    "signer": current_signer(timezone.now()).certificate.subject.human_friendly,
}))
"""


def guide(heading: str) -> list[str]:
    """The commands of a section: how to back up, how to restore."""
    text = (settings.BASE_DIR / "docs" / "backup.md").read_text()
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


class Place:
    """A folder as the guide supposes it: ``var/``, ``.venv/`` and ``manage.py`` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.var = folder, folder / "var"
        (folder / ".venv").symlink_to(settings.BASE_DIR / ".venv")
        (folder / "manage.py").symlink_to(settings.BASE_DIR / "manage.py")
        self.safe = folder / "safe"
        self.safe.mkdir()
        named = {"VAR_DIR": str(self.var), "REDIS_URL": "memory://", "DEMO": "0"}
        aside = {"DATABASE_URL", "SECRET_KEY", "VAULT_KEYRING", "VAULT_KEYRING_FILE"}
        self.env = {name: value for name, value in os.environ.items() if name not in aside}
        self.env |= named | {"PYTHONPATH": str(settings.BASE_DIR)}
        self.env["DJANGO_SETTINGS_MODULE"] = "portal.settings"

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def follow(self, commands: str) -> str:
        """Run a block of the guide, all but the last start of the server."""
        commands = commands.replace("/another/place/", f"{self.safe}/")
        return self.run("sh", "-euc", commands.removesuffix("script/server\n"))

    def python(self, code: str) -> dict[str, object]:
        answer: dict[str, object] = json.loads(
            self.run(".venv/bin/python", "-c", SETUP + code).splitlines()[-1]
        )
        return answer


@pytest.fixture
def place(tmp_path: Path, prepared_var: Path) -> Place:
    shutil.copytree(prepared_var, tmp_path / "var")
    return Place(tmp_path)


def test_what_the_guide_backs_up_is_all_that_a_lost_portal_needs(place: Place) -> None:
    back_up, restore = guide("Embedded (script/server)")
    assert restore.endswith("script/server\n")
    with closing(sqlite3.connect(place.var / "balcao.sqlite3")) as busy:
        busy.execute("SELECT count(*) FROM django_migrations").fetchone()
        made = place.python(BUILD)
        # While somebody uses it, what was written last is beside the database's own file.
        assert (place.var / "balcao.sqlite3-wal").stat().st_size
        place.follow(back_up)
    shutil.rmtree(place.var)

    said = place.follow(restore)

    assert "FALTA" not in said
    assert "portal\t" in said
    seen = place.python(f"MADE = {made!r}\n{LOOK}")
    assert seen == {"status": 200, "sha256": made["sha256"], "signer": seen["signer"]}
    assert seen["signer"]
    assert seen["sha256"] != hashlib.sha256(b"").hexdigest()
    for secret in ("keyring.json", "secret_key", "balcao.sqlite3"):
        assert (place.var / secret).stat().st_mode & 0o077 == 0
