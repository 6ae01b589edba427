"""Keeping intermediate authorities: only those with a sound chain to a pinned root."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from certificates.trust.models import Intermediate
from certificates.trust.parsing import Parsed
from certificates.trust.pool import current_pool


def admit(
    candidates: Sequence[Parsed], *, source: str, detail: str, now: datetime
) -> list[Intermediate]:
    """Keep those that are new and chain to a pinned root, with the help of one another.

    Returns the rows that were added.
    """
    pool = current_pool()
    kept = set(Intermediate.objects.values_list("sha256", flat=True))
    known = kept | {root.sha256 for root in pool.roots}
    ders = [c.der for c in candidates]
    added: list[Intermediate] = []
    for one in candidates:
        if one.sha256 in known or not one.is_authority or one.is_self_issued:
            continue
        at = min(max(now, one.not_before), one.not_after)
        if pool.chain(one, at=at, others=ders).fault is None:
            added += _keep(one, source=source, detail=detail)
    return added


def _keep(one: Parsed, *, source: str, detail: str) -> Iterable[Intermediate]:
    row, created = Intermediate.objects.get_or_create(
        sha256=one.sha256,
        defaults={
            "der": one.der,
            "subject": one.name,
            "issuer": one.issuer_name,
            "key_id": (one.key_id or b"").hex()[:64],
            "issuer_key_id": (one.authority_key_id or b"").hex()[:64],
            "not_before": one.not_before,
            "not_after": one.not_after,
            "source": source,
            "source_detail": detail[:500],
        },
    )
    return [row] if created else []
