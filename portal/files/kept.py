"""Files of a form that is refused: they wait in the store, and the form that comes back names them
by signed references.

The store removes what nobody claimed within a day. A reference to a file that was claimed leads to
nothing: whoever reads one asks ``services.unclaimed``.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core import signing

KEPT_FOR = timedelta(hours=23)  # an hour less than the store keeps them
_SALT = "files.kept"


def reference(values: Mapping[str, Any], *, holder: str) -> str:
    """What stands in a form for a stored file. It serves ``holder`` alone: who sent it, and where."""
    return signing.dumps([holder, dict(values)], salt=_SALT, compress=True)


def values_of(text: str, *, holder: str) -> dict[str, Any] | None:
    """What was signed for this holder; None where it was another's, is too old, or nobody signed it."""
    try:
        made_for, values = signing.loads(text, salt=_SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        return None
    return dict(values) if holder and made_for == holder else None
