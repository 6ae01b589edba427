"""The front door stays true: what the README shows exists, and the map names every module."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def test_the_map_has_a_line_for_each_module():
    check = [sys.executable, "script/code_map.py", "--check"]
    assert subprocess.run(check, cwd=ROOT, check=False).returncode == 0, "run script/code_map.py"


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for folder in ("portal", "certificates", "invoices", "script")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
        and path.name not in {"__init__.py", "apps.py", "urls.py"}
        and not path.read_text().startswith('"""')
    ]
    assert silent == []


def test_what_the_readme_links_to_exists():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_front_door_is_short_and_names_the_two_commands():
    assert len(README.splitlines()) <= 120
    assert "script/server" in README
    assert "script/test" in README
    for picture in re.findall(r"!\[.+?\]\((.+?)\)", README):
        assert (ROOT / picture).stat().st_size < 400_000
