"""The front door stays true: every module has its line in the README's map."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAPPED = ("deploy", "portal", "certificates", "invoices", "orders", "tickets", "proxies", "script")


def modules() -> set[str]:
    """Modules with something to say: no packages, no wiring, no migrations."""
    found = (path.relative_to(ROOT) for top in MAPPED for path in (ROOT / top).rglob("*.py"))
    return {
        str(path)
        for path in found
        if "migrations" not in path.parts and path.name not in {"__init__.py", "apps.py", "urls.py"}
    }


def mapped() -> set[str]:
    readme = (ROOT / "README.md").read_text()
    names, folder = set(), ""
    for line in readme.splitlines():
        if heading := re.fullmatch(r"\*\*`(.+/)`\*\*", line):
            folder = heading[1]
        elif entry := re.match(r"- `([\w.]+\.py)` \S", line):
            names.add(folder + entry[1])
    return {name for name in names if not name.endswith(("/apps.py", "/urls.py"))}


def test_every_module_has_its_line_in_the_map():
    without_wiring = {name for name in modules() if "/urls/" not in name}
    listed = {name for name in mapped() if "/urls/" not in name}
    assert without_wiring - listed == set(), "these have no line"
    assert listed - without_wiring == set(), "these are gone"


def test_the_front_door_names_the_two_commands_and_shows_a_picture():
    readme = (ROOT / "README.md").read_text()
    assert "script/server" in readme
    assert "script/test" in readme
    for picture in re.findall(r"!\[.+?\]\((.+?)\)", readme):
        assert (ROOT / picture).stat().st_size < 400_000
