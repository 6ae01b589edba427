"""Writes docs/map.md, a line for each module, from the first line of its docstring.

``script/code_map.py`` writes it; ``script/code_map.py --check`` ends with 1 where it is out of date.
"""

import ast
import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAP = ROOT / "docs" / "map.md"
FOLDERS = (
    "portal", "certificates", "invoices", "orders", "tickets", "proxies", "script", "deploy",
)  # fmt: skip
HEAD = """# Map of the code

A line for each module, taken from its docstring by `python script/code_map.py`.
"""


def modules() -> list[Path]:
    """Every module that says what it is for: no migrations, no configuration of an app."""
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    mapped = (p for p in found if "migrations" not in p.parts and p.name != "apps.py" and _says(p))
    return sorted(mapped, key=lambda path: (FOLDERS.index(_top(path)), path.parent, path.name))


def _top(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def _says(path: Path) -> str:
    """The first line of a module's docstring; "" where it has none."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


def render() -> str:
    parts = [HEAD]
    for folder, paths in groupby(modules(), key=lambda path: path.parent):
        parts.append(f"\n## `{folder.relative_to(ROOT)}/`\n")
        # The package's own line comes first.
        for path in sorted(paths, key=lambda path: (path.name != "__init__.py", path.name)):
            name = "" if path.name == "__init__.py" else f"- `{path.name}` "
            parts.append(f"{name}{_says(path)}" + ("" if name else "\n"))
    return "\n".join(parts) + "\n"


def main() -> int:
    text = render()
    if "--check" in sys.argv[1:]:
        return int(MAP.read_text() != text)
    MAP.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
