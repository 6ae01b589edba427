"""JSON in one way alone, so that a hash of it or a signature over it can be checked for ever.

Keys are sorted, no blanks stand between, letters are not escaped, there is one line.
"""

import json
from typing import Any


def canonical_text(value: Any) -> str:
    """The JSON of what is known to hold no floats: they are written in several ways."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(data: dict[str, Any]) -> bytes:
    """A record to be signed, in UTF-8. TypeError for floats."""
    _refuse_floats(data)
    return canonical_text(data).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("no floats in a record")
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        _refuse_floats(inner)
