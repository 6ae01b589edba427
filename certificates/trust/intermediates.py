"""Keeps intermediate authorities that have a sound chain to a pinned root."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certificates.icp import certificates_in
from certificates.trust.models import Intermediate
from certificates.trust.parsing import Parsed, Unreadable, parse
from certificates.trust.pool import current_pool
from portal.audit.services import record

MAX_IN_FILE = 64


def add_trusted(
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


def readable(data: bytes) -> list[Parsed]:
    """The authorities in an uploaded file (PEM, DER, .p7b). Raises ValidationError."""
    found = certificates_in(data)[:MAX_IN_FILE]
    try:
        parsed = [parse(certificate.dump()) for certificate in found]
    except Unreadable as error:
        raise ValidationError(
            _("This file holds a certificate that is damaged."), code="unreadable"
        ) from error
    authorities = [one for one in parsed if one.is_authority]
    if not authorities:
        raise ValidationError(_("This file holds no authority's certificate."), code="no_authority")
    return authorities


def add_uploaded(data: bytes, *, name: str, by: AbstractBaseUser | None) -> list[Intermediate]:
    """Keep the authorities of a file that staff uploaded; returns those that are new.

    Raises ValidationError: ``unreadable``, ``no_authority``, ``no_root`` (none leads to a pinned
    root), ``known`` (all are here already).
    """
    now = timezone.now()
    authorities = readable(data)
    with transaction.atomic():
        rows = add_trusted(authorities, source=Intermediate.Source.UPLOAD, detail=name, now=now)
        for row in rows:
            record("trust.intermediate_added", target=row, actor=by, data={"sha256": row.sha256})
    if rows:
        return rows
    fingerprints = [one.sha256 for one in authorities]
    if Intermediate.objects.filter(sha256__in=fingerprints).exists():
        raise ValidationError(_("These authorities are here already."), code="known")
    raise ValidationError(
        _("No trusted root vouches for this authority. Roots come from the operator's file alone."),
        code="no_root",
    )
