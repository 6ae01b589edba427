"""A sixth desk takes its own folder and a line in the list of installed apps, and nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DESK = ROOT / "tests" / "sixth"
NOT_THE_DESK = {"access.py", "settings.py", "stand.py", "walk.py"}  # they test it


def test_a_desk_installed_by_settings_alone_is_everywhere(prepared_var: Path, tmp_path: Path):
    shutil.copytree(prepared_var, tmp_path / "var")
    env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    env |= {
        "DJANGO_SETTINGS_MODULE": "tests.sixth.settings", "VAR_DIR": str(tmp_path / "var"),
        "REDIS_URL": "memory://", "DEMO": "0",
    }  # fmt: skip
    walked = subprocess.run(
        [sys.executable, "-m", "tests.sixth.walk"], cwd=ROOT, env=env, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert walked.returncode == 0, walked.stdout[-1000:] + walked.stderr[-3000:]


def test_it_is_short():
    files = [file for file in DESK.rglob("*") if file.suffix in {".py", ".html"}]
    written = "\n".join(file.read_text() for file in files if file.name not in NOT_THE_DESK)
    assert len([line for line in written.splitlines() if line.strip()]) < 150
