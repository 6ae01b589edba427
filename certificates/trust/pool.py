"""The trusted authorities of this moment: roots of every source, known intermediates."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from asn1crypto import pem
from django.db.models import Count, Max
from django.utils import timezone

from certificates.trust import chains
from certificates.trust.chains import Chain
from certificates.trust.models import Intermediate
from certificates.trust.parsing import Parsed, Unreadable, parse
from certificates.trust.sources import sources

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
    return _pool(tuple(source.stamp() for source in sources), tuple(table.values()))


@lru_cache(maxsize=4)
def _pool(_stamps: tuple[Hashable, ...], _table: tuple[int, ...]) -> Pool:
    """What all sources and the table give; the arguments only tell when to read them again."""
    trusted = [root for source in sources for root in source.roots()]
    known = [one for source in sources for one in source.intermediates()]
    known += [parse(bytes(der)) for der in Intermediate.objects.values_list("der", flat=True)]
    rooted = {root.sha256 for root in trusted}
    unique = {k.sha256: k for k in known if k.is_authority and k.sha256 not in rooted}
    return Pool(tuple(trusted), tuple(unique.values()))


def trusted_bundle_pem() -> bytes:
    """Roots and intermediates that are valid now, as PEM, for TLS servers. May be empty."""
    pool, now = current_pool(), timezone.now()
    usable = [known for known in (*pool.roots, *pool.intermediates) if known.valid(now)]
    sound = [known for known in usable if pool.chain_of_authority(known, now=now).fault is None]
    return b"".join(pem.armor("CERTIFICATE", known.der) for known in sound)
