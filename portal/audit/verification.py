"""Verifying the audit chains: each link by itself, the chain as a whole, and against noted heads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.audit.links import commitment, is_erased, is_proven, link_hash
from portal.audit.models import AuditEvent
from portal.vault.services import KeyMissing


@dataclass(frozen=True)
class ChainReport:
    """What a verification found.

    ``whole``: how many links are whole, from the first; ``head``: the hash of the last of them.
    ``broken_at`` and ``reason``: the first link that is not, and why. ``erased``: links whose
    person was erased. ``unproven``: links of the old format that neither a MAC nor a noted head
    vouches for.
    """

    chain: str
    whole: int
    head: str
    broken_at: int | None = None
    reason: str = ""
    erased: int = 0
    unproven: int = 0


def chains() -> Iterator[str]:
    """Every chain's name, by one index seek each."""
    names = AuditEvent.objects.order_by("chain").values_list("chain", flat=True)
    name = names.first()
    while name is not None:
        yield name
        name = names.filter(chain__gt=name).first()


def recorded_erasures() -> int | None:
    """From how many links erasures say that they took the person; None when one does not say it."""
    done = AuditEvent.objects.filter(action="erasure.done")
    counts = [data.get("links") for data in done.values_list("data", flat=True).iterator()]
    return None if None in counts else sum(counts)


def verify_chain(chain: str, *, heads: Mapping[int, str] | None = None) -> ChainReport:
    """Read a chain from its first link to its last, in constant memory; stop at a broken one.

    ``heads`` (sequence -> hash, noted earlier) also uncovers a chain that was cut off or rewritten.
    """
    return _Walk(chain, dict(heads or {})).through()


class _Walk:
    """One reading of a chain."""

    def __init__(self, chain: str, heads: dict[int, str]) -> None:
        self.chain, self.heads = chain, heads
        self.previous, self.whole, self.erased = "", 0, 0
        self.version = 0
        self.proven = 0  # the last link that a MAC or a head vouches for, and so all before it
        self.missing_key = ""

    def through(self) -> ChainReport:
        rows = AuditEvent.objects.filter(chain=self.chain).order_by("sequence")
        for row in rows.iterator(chunk_size=2000):
            if reason := self._fault(row) or self._against_heads(row):
                return self._report(self.whole + 1, reason)
            self.previous, self.whole, self.version = row.hash, self.whole + 1, row.version
            self.erased += row.version >= AuditEvent.KEYED and is_erased(row)
        if self.heads:
            last = max(self.heads)
            reason = _("the end was cut off: up to link %(last)s was noted before") % {"last": last}
            return self._report(self.whole + 1, reason)
        if self.version >= AuditEvent.KEYED and self.proven < self.whole:
            reason = _("key %(key)s is not in the keyring, and no noted head vouches for it")
            return self._report(self.proven + 1, reason % {"key": self.missing_key})
        return self._report(None, "")

    def _report(self, broken_at: int | None, reason: str) -> ChainReport:
        return ChainReport(
            chain=self.chain, whole=self.whole, head=self.previous, broken_at=broken_at,
            reason=reason, erased=self.erased, unproven=max(0, self.whole - self.proven),
        )  # fmt: skip

    def _fault(self, row: AuditEvent) -> str:
        """What is wrong with this link, in words; "" if nothing is."""
        if row.sequence != self.whole + 1:
            return _("links are missing: the next one found is %(found)s") % {"found": row.sequence}
        if row.previous != self.previous:
            return _("it does not follow the link before it, which was changed or exchanged")
        if row.version < self.version:
            return _("it has the old format although the chain had the new one before it")
        if link_hash(row) != row.hash:
            return _("what it says was changed after it was written")
        return self._unproven(row) if row.version >= AuditEvent.KEYED else ""

    def _unproven(self, row: AuditEvent) -> str:
        if not is_erased(row) and commitment(row) != row.who:
            return _("who did it or from where was changed after it was written")
        try:
            if not is_proven(row):
                return _("it was not written by this portal: its proof is wrong")
        except KeyMissing as missing:
            self.missing_key = missing.kid
        else:
            self.proven = row.sequence
        return ""

    def _against_heads(self, row: AuditEvent) -> str:
        noted = self.heads.pop(row.sequence, None)
        if noted is None:
            return ""
        if noted != row.hash:
            return _("the chain was written anew: another link was noted here before")
        self.proven = row.sequence
        return ""
