"""Builds the path from a certificate to a pinned root, or says why there is none.

Why no library does it: docs/decisions/written-although-a-library-exists.md.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from certificates.trust.parsing import Parsed
from certificates.trust.verdict import Fault

MAX_AUTHORITIES = 6
# Signatures checked for one certificate: many authorities of one name must not keep us busy.
MAX_CHECKS = 32

Issuers = Callable[[Parsed], Iterable[Parsed]]


@dataclass(frozen=True)
class Chain:
    """``links``: the certificate, its issuer, and so on; up to a root when ``fault`` is None.

    With a fault: the longest sound part. The fault is BAD_SIGNATURE where an authority of the
    right name has another key, else UNKNOWN_AUTHORITY.
    """

    links: tuple[Parsed, ...]
    fault: Fault | None = None

    @property
    def pairs(self) -> list[tuple[Parsed, Parsed]]:
        """Each certificate with its issuer, the leaf first."""
        return list(zip(self.links, self.links[1:], strict=False))


def build(leaf: Parsed, *, roots: Sequence[Parsed], issuers: Issuers, at: datetime) -> Chain:
    """The path from ``leaf`` to one of ``roots``, sound ``at`` that instant (RFC 5280, 6.1).

    ``issuers`` gives the authorities, roots too, that bear a certificate's issuer's name.
    """
    return _Search({root.sha256 for root in roots}, issuers, at).run(leaf)


class _Search:
    def __init__(self, roots: set[str], issuers: Issuers, at: datetime) -> None:
        self._roots, self._issuers, self._at = roots, issuers, at
        self._checks = 0
        self._best: tuple[Parsed, ...] = ()
        self._wrong_key = False

    def run(self, leaf: Parsed) -> Chain:
        found = self._climb((leaf,))
        if found:
            return Chain(found)
        alone = len(self._best) == 1 and self._wrong_key
        return Chain(self._best, Fault.BAD_SIGNATURE if alone else Fault.UNKNOWN_AUTHORITY)

    def _climb(self, links: tuple[Parsed, ...]) -> tuple[Parsed, ...] | None:
        """The links completed up to a root, depth first."""
        if len(links) > len(self._best):
            self._best = links
        if links[-1].sha256 in self._roots:
            return links
        if len(links) > MAX_AUTHORITIES:
            return None
        below = links[-1]
        for issuer in sorted(self._issuers(below), key=lambda i: not _ids_match(below, i)):
            if issuer in links or not self._sound(below, issuer, depth=_depth(links)):
                continue
            if found := self._climb((*links, issuer)):
                return found
        return None

    def _sound(self, below: Parsed, issuer: Parsed, *, depth: int) -> bool:
        if not may_issue(issuer, depth=depth) or not issuer.valid(self._at):
            return False
        if self._checks >= MAX_CHECKS:
            return False
        self._checks += 1
        if signed_by(below, issuer):
            return True
        self._wrong_key = True
        return False


def _depth(links: tuple[Parsed, ...]) -> int:
    """Authorities between the leaf and the next issuer, as path lengths count them."""
    return sum(1 for link in links[1:] if not link.is_self_issued)


def _ids_match(below: Parsed, issuer: Parsed) -> bool:
    return below.authority_key_id is not None and below.authority_key_id == issuer.key_id


def may_issue(authority: Parsed, *, depth: int) -> bool:
    """Whether a certificate makes its subject an authority over ``depth`` further ones."""
    return (
        authority.is_authority
        and not authority.not_understood
        and (authority.usages is None or "key_cert_sign" in authority.usages)
        and (authority.path_length is None or depth <= authority.path_length)
    )


def signed_by(below: Parsed, issuer: Parsed) -> bool:
    """As ``Parsed.is_signed_by``; what is known of authorities is remembered."""
    if not below.is_authority:
        return below.is_signed_by(issuer)
    return _remembered(_Pair(below, issuer))


class _Pair:
    """Two certificates, equal to another pair of the same bytes."""

    def __init__(self, below: Parsed, issuer: Parsed) -> None:
        self.below, self.issuer = below, issuer
        self._key = (below.sha256, issuer.sha256)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pair) and self._key == other._key


@lru_cache(maxsize=1024)
def _remembered(pair: _Pair) -> bool:
    return pair.below.is_signed_by(pair.issuer)
