"""Whom we trust: the operator's pinned roots, and the intermediate authorities that we know."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from asn1crypto import pem
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Count, Max
from django.utils import timezone

from certificates import demo
from certificates.icp import certificates_in
from certificates.trust import chains
from certificates.trust.chains import Chain
from certificates.trust.models import Intermediate
from certificates.trust.parsing import Parsed, Unreadable, parse

logger = logging.getLogger(__name__)
# What somebody's browser or signature brings along; more than that is not looked at.
MAX_OTHERS = 10


@dataclass(frozen=True)
class Pool:
    """Roots, intermediates and an index of both; of one moment, never changed."""

    roots: tuple[Parsed, ...]
    intermediates: tuple[Parsed, ...]
    _by_name: dict[bytes | str, list[Parsed]] = field(default_factory=dict, repr=False)
    _by_id: dict[str, Parsed] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for known in (*self.roots, *self.intermediates):
            known.decode()
            for name in (known.subject, known.subject_text):
                self._by_name.setdefault(name, []).append(known)
            self._by_id.setdefault(known.authority_id, known)

    def issuers_of(self, below: Parsed) -> list[Parsed]:
        """Those that bear its issuer's name, written alike or the same by RFC 5280, 7.1."""
        exact = self._by_name.get(below.issuer)
        return exact or (self._by_name.get(below.issuer_text, []) if below.issuer_text else [])

    def authority(self, authority_id: str) -> Parsed | None:
        """The authority of this ``Parsed.authority_id``."""
        return self._by_id.get(authority_id)

    def holds(self, one: Parsed) -> bool:
        return any(one.sha256 == known.sha256 for known in (*self.roots, *self.intermediates))

    def chain(self, leaf: Parsed, *, at: datetime, others: Sequence[bytes] = ()) -> Chain:
        """From ``leaf`` to a pinned root. ``others``: certificates that came with it, unproved."""
        brought = _parsed_others(others)

        def issuers(below: Parsed) -> Iterable[Parsed]:
            known = self.issuers_of(below)
            seen = {k.sha256 for k in known}
            return [
                *known,
                *(o for o in brought if o.subject == below.issuer and o.sha256 not in seen),
            ]

        return chains.build(leaf, roots=self.roots, issuers=issuers, at=at)

    def chain_of_authority(self, authority: Parsed, *, now: datetime) -> Chain:
        """Its chain now or, for one that has ended, at its end: old signatures need it still."""
        at = min(max(now, authority.not_before), authority.not_after)
        return self.chain(authority, at=at)


def _parsed_others(others: Sequence[bytes]) -> list[Parsed]:
    found = []
    for der in others[:MAX_OTHERS]:
        try:
            found.append(parse(der))
        except Unreadable:
            continue
    return [other for other in found if other.is_authority]


def current_pool() -> Pool:
    """The pool as it stands now; kept per process while nothing of it changes (one query)."""
    table = Intermediate.objects.aggregate(Count("pk"), Max("pk"))
    return _pool(
        _stamp(settings.TRUST_ROOTS_FILE),
        tuple(settings.TRUST_ROOTS_SHA256),
        _stamp(settings.TRUST_INTERMEDIATES_FILE),
        _demo_stamp() if settings.DEMO else (),
        tuple(table.values()),
    )


Stamp = tuple[str, int, int]


def _stamp(path: str) -> Stamp:
    """What changes when the file does."""
    if not path:
        return "", 0, 0
    try:
        status = Path(path).stat()
    except OSError as error:
        logger.error("The file of trusted certificates cannot be read: %s", error)
        return "", 0, 0
    return path, status.st_mtime_ns, status.st_size


def _demo_stamp() -> tuple[Stamp, ...]:
    demo.demo_ca()  # makes what is missing
    return tuple(_stamp(str(file)) for file in sorted(demo.folder().glob("*.pem")))


@lru_cache(maxsize=4)
def _pool(
    roots: Stamp,
    pinned: tuple[str, ...],
    intermediates: Stamp,
    demonstration: tuple[Stamp, ...],
    table: tuple[int, ...],  # noqa: ARG001 - part of the key
) -> Pool:
    trusted = pinned_among(read_bundle(roots[0]), pinned)
    known = list(read_bundle(intermediates[0]))
    if demonstration:
        authority = demo.demo_ca()
        trusted.append(parse(authority.root.certificate.public_bytes(Encoding.DER)))
        known.append(parse(authority.issuer.certificate.public_bytes(Encoding.DER)))
    known += [parse(bytes(der)) for der in Intermediate.objects.values_list("der", flat=True)]
    rooted = {root.sha256 for root in trusted}
    unique = {k.sha256: k for k in known if k.is_authority and k.sha256 not in rooted}
    return Pool(tuple(trusted), tuple(unique.values()))


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


def trusted_bundle_pem() -> bytes:
    """Roots and intermediates that are valid now, as PEM, for TLS servers. May be empty."""
    pool, now = current_pool(), timezone.now()
    usable = [known for known in (*pool.roots, *pool.intermediates) if known.valid(now)]
    sound = [known for known in usable if pool.chain_of_authority(known, now=now).fault is None]
    return b"".join(pem.armor("CERTIFICATE", known.der) for known in sound)
