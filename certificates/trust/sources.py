"""Sources of trust: each gives roots, intermediate authorities and revocation lists.

The operator's files are the first. An app that brings another registers it in ``ready()``.
"""

import logging
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError

from certificates.icp import certificates_in
from certificates.trust.parsing import Parsed, Unreadable, parse

logger = logging.getLogger(__name__)
Stamp = tuple[str, int, int]
# A revocation list (DER) after the certificate (DER) of the authority that issued it.
OwnedList = tuple[bytes, bytes]


def _no_lists() -> Iterable[OwnedList]:
    return ()


@dataclass(frozen=True)
class Source:
    """Where trusted authorities come from.

    ``stamp()``: changes whenever what the source gives changes. ``roots()`` and
    ``intermediates()``: authorities; roots are trusted as they are. ``lists()``: revocation lists
    that need no fetching. ``is_demo``: what it issues has no legal value, and is refused by name
    where no such source is registered.
    """

    name: str
    stamp: Callable[[], Hashable]
    roots: Callable[[], list[Parsed]]
    intermediates: Callable[[], list[Parsed]]
    lists: Callable[[], Iterable[OwnedList]] = _no_lists
    is_demo: bool = False


def demonstrations_accepted() -> bool:
    """Whether certificates that a demonstration issued count here."""
    return any(source.is_demo for source in sources)


def file_stamp(path: str) -> Stamp:
    """Changes when the file does; empty without a file or when it cannot be read."""
    if not path:
        return "", 0, 0
    try:
        status = Path(path).stat()
    except OSError as error:
        logger.error("The file of trusted certificates cannot be read: %s", error)
        return "", 0, 0
    return path, status.st_mtime_ns, status.st_size


def read_bundle(path: str) -> list[Parsed]:
    """The certificates of a file (PEM, DER, .p7b); empty without one or when it cannot be read."""
    if not path:
        return []
    try:
        ders = [certificate.dump() for certificate in certificates_in(Path(path).read_bytes())]
    except (OSError, ValidationError) as error:
        logger.error("%s holds no certificates that can be read: %s", path, error)
        return []
    found = {}
    for der in ders:
        try:
            one = parse(der)
            found[one.sha256] = one
        except Unreadable as error:
            logger.error("%s holds a certificate that cannot be read: %s", path, error)
    return list(found.values())


def pinned_among(roots: Iterable[Parsed], pinned: Iterable[str]) -> list[Parsed]:
    """Those that may be anchors: authorities and, if fingerprints are given, only those."""
    wanted = {fingerprint(text) for text in pinned}
    return [root for root in roots if root.is_authority and (not wanted or root.sha256 in wanted)]


def fingerprint(text: str) -> str:
    """A SHA-256 as people write it (colons, blanks, upper case), in lower-case hexadecimal."""
    return text.replace(":", "").replace(" ", "").strip().lower()


def _operators_stamp() -> Hashable:
    return (
        file_stamp(settings.TRUST_ROOTS_FILE),
        tuple(settings.TRUST_ROOTS_SHA256),
        file_stamp(settings.TRUST_INTERMEDIATES_FILE),
    )


def _operators_roots() -> list[Parsed]:
    return pinned_among(read_bundle(settings.TRUST_ROOTS_FILE), settings.TRUST_ROOTS_SHA256)


def _operators_intermediates() -> list[Parsed]:
    return read_bundle(settings.TRUST_INTERMEDIATES_FILE)


sources = [
    Source(
        name="operator",
        stamp=_operators_stamp,
        roots=_operators_roots,
        intermediates=_operators_intermediates,
    )
]
