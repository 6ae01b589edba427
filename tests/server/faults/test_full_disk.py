"""A full disk: reading goes on, nothing half-written stays, and people are told."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.server(desk="invoices")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB. Only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(folder)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"NOT RUN: no disk of 8 MB could be mounted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_on_a_full_disk_documents_are_read_and_nothing_is_half_done(
    small_disk: Path, prepared_var: Path
) -> None:
    shutil.copy(prepared_var / "balcao.sqlite3", small_disk)
    (small_disk / "static").symlink_to(prepared_var / "static")
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
        "VAR_DIR": str(small_disk), "REDIS_URL": "memory://", "DEMO": "0",
        "STAFF_MFA_REQUIRED": "0", "DJANGO_SETTINGS_MODULE": "portal.settings",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.server.faults.on_full_disk"],
        cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
