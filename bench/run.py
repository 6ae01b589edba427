"""Run every measure of ``bench/line_*.py`` and print the table.

    .venv/bin/python bench/run.py [numbers…]

Each script prints its measures as lines of JSON (see ``ground.report``); the exit code is 1 when
one misses its goal or a script fails.
"""

import json
import operator
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
LIMIT = 1200  # seconds for one script
HEAD = ("#", "Measure", "Ours", "Floor", "Ratio", "Goal", "")
COMPARISONS = {"≤": operator.le, "<=": operator.le, "≥": operator.ge, ">=": operator.ge}


def main() -> int:
    rows = [row for script in scripts(sys.argv[1:]) for row in measures(script)]
    rows.sort(key=lambda row: int(row["line"]))
    print(table(rows))
    return 0 if all(met(row) for row in rows) else 1


def scripts(wanted: Iterable[str]) -> list[Path]:
    numbers = {int(number) for number in wanted}
    found = sorted(FOLDER.glob("line_*.py"))
    return [path for path in found if not numbers or number_of(path) in numbers]


def number_of(script: Path) -> int:
    return int(script.stem.split("_")[1])


def measures(script: Path) -> list[dict[str, Any]]:
    """What one script reports, shown as it comes; a script that fails is a row of its own."""
    print(f"{script.name} …", file=sys.stderr, flush=True)
    failed = {"line": number_of(script), "measure": script.stem}
    try:
        done = subprocess.run(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return [{**failed, "problem": f"not done after {LIMIT} s"}]
    print(done.stdout, file=sys.stderr, end="", flush=True)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not rows:
        rows.append({**failed, "problem": f"exit code {done.returncode}, {len(rows)} measures"})
    return rows


def met(row: dict[str, Any]) -> bool:
    """Whether the ratio keeps the first comparison of the goal (``≤ 20, ≤ 4 queries``)."""
    found = re.match(r"\s*(≤|≥|<=|>=)\s*([\d.]+)", str(row.get("goal", "")))
    if "problem" in row or not found:
        return "problem" not in row
    return bool(COMPARISONS[found[1]](float(row["ratio"]), float(found[2])))


def table(rows: list[dict[str, Any]]) -> str:
    lines = [HEAD, *(cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    padded = [
        [text.ljust(width) for text, width in zip(line, widths, strict=True)] for line in lines
    ]
    padded.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(line) + " |" for line in padded)


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    names = ("line", "measure", "ours", "floor", "ratio", "goal")
    values = [str(row.get(name, "")) for name in names]
    return (*values, "ok" if met(row) else row.get("problem", "missed"))


if __name__ == "__main__":
    sys.exit(main())
