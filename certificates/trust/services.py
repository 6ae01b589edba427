"""Fetches authorities, revocation lists and answers; a row says why its fetching failed."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.icp import certificates_in
from certificates.trust.answers import ACCEPT, CONTENT_TYPE, MAX_BYTES, build_request, read_answer
from certificates.trust.fetching import FetchFailed, HTTPRequest, fetch
from certificates.trust.intermediates import add_trusted
from certificates.trust.lists import Refused, check_list
from certificates.trust.models import (
    WANTED_FOR,
    Fetched,
    Intermediate,
    IssuerAddress,
    RevocationAnswer,
    RevocationList,
)
from certificates.trust.parsing import Parsed, Unreadable, parse
from certificates.trust.pool import current_pool
from certificates.trust.sources import read_bundle
from portal.outbox.services import enqueue_job

ANSWERS_KEPT, ADDRESSES_KEPT = timedelta(days=30), timedelta(days=30)
_AUTHORITY_BYTES = 1024**2
_MAX_AUTHORITIES = 64


def fetch_rows(*, lists: Iterable[int], answers: Iterable[int], issuers: Iterable[int]) -> None:
    """Fetch what these rows name: authorities first, for the others may need them.

    Lists that are not due are left alone. Each is judged at its own time: fetching takes a while.
    """
    for address in IssuerAddress.objects.filter(pk__in=list(issuers)):
        fetch_row(address, now=timezone.now())
    for answer in RevocationAnswer.objects.filter(pk__in=list(answers)):
        fetch_row(answer, now=timezone.now())
    for row in RevocationList.objects.defer("der").filter(pk__in=list(lists)):
        if row.is_due(timezone.now()):
            fetch_row(row, now=timezone.now())


def fetch_list(pk: int) -> None:
    """Fetch one list, due or not."""
    for row in RevocationList.objects.defer("der").filter(pk=pk):
        fetch_row(row, now=timezone.now())


def fetch_row(row: Fetched, *, now: datetime) -> bool:
    """Fetch and keep what the row names; False when it failed, which the row then says."""
    try:
        if isinstance(row, RevocationList):
            _fetch_list(row, now)
        elif isinstance(row, RevocationAnswer):
            _fetch_answer(row, now)
        else:
            _fetch_authorities(row, now)
    except (FetchFailed, Refused) as problem:
        row.note_failure(str(problem), at=now)
        row.save(update_fields=["failures", "failed_at", "next_try_at", "error"])
        return False
    return True


def _authority_of(row: RevocationList | RevocationAnswer) -> Parsed:
    authority = current_pool().authority(row.authority)
    if authority is None:
        raise Refused(_("Its authority is not trusted here any more."))
    return authority


def _fetch_list(row: RevocationList, now: datetime) -> None:
    authority = _authority_of(row)
    der = fetch(row.url, max_bytes=settings.TRUST_CRL_MAX_BYTES)
    checked = check_list(der, issuer=authority, at=now)
    if row.this_update and checked.this_update < row.this_update:
        raise Refused(_("The list is older than the one that is here."))
    row.note_success(at=now)
    newer_not_there = Q(this_update__isnull=True) | Q(this_update__lte=checked.this_update)
    RevocationList.objects.filter(newer_not_there, pk=row.pk).update(
        der=der, sha256=hashlib.sha256(der).hexdigest(), size=len(der), entries=checked.entries,
        covers=checked.covers, scope=checked.scope, this_update=checked.this_update,
        next_update=checked.next_update, fetched_at=now, failures=0, next_try_at=None, error="",
    )  # fmt: skip


def _fetch_answer(row: RevocationAnswer, now: datetime) -> None:
    authority, serial = _authority_of(row), int(row.serial, 16)
    built = build_request(authority, serial)
    request = HTTPRequest(body=built.der, content_type=CONTENT_TYPE, accept=ACCEPT)
    der = fetch(row.url, max_bytes=MAX_BYTES, request=request)
    answer = read_answer(der, request=built, issuer=authority, serial=serial, at=now)
    if row.this_update and answer.this_update < row.this_update:
        raise Refused(_("The answer is older than the one that is here."))
    row.note_success(at=now)
    row.state, row.revoked_at = answer.state, answer.revoked_at
    row.this_update, row.next_update = answer.this_update, answer.next_update
    row.save()


def _fetch_authorities(row: Fetched, now: datetime) -> None:
    data = fetch(row.url, max_bytes=_AUTHORITY_BYTES)
    try:
        found = certificates_in(data)[:_MAX_AUTHORITIES]
        candidates = [parse(certificate.dump()) for certificate in found]
    except (ValidationError, Unreadable) as error:
        raise Refused(_("It holds no certificates that can be read.")) from error
    add_trusted(candidates, source=Intermediate.Source.FETCHED, detail=row.url, now=now)
    known = {one.sha256 for one in current_pool().intermediates}
    if not any(candidate.sha256 in known for candidate in candidates):
        raise Refused(_("None of its certificates leads to a trusted root."))
    row.note_success(at=now)
    row.save()


# By the clock


def refresh(*, at: datetime) -> int:
    """Have the lists fetched that will soon be out of date, one job each; returns how many.

    Only of authorities that somebody met in the last 90 days. Forgets what nobody asks for.
    """
    import_bundle(at=at)
    forget(at=at)
    wanted = RevocationList.objects.wanted(at)
    due = [row for row in wanted if row.is_due(at) and row.may_try(at)]
    for row in due:
        enqueue_job("trust.check", key=f"trust.list:{row.pk}:{at:%Y%m%d%H%M}", lists=[row.pk])
    return len(due)


def import_bundle(*, at: datetime) -> int:
    """Keep the authorities of TRUST_INTERMEDIATES_FILE that chain to a root; how many are new."""
    path = settings.TRUST_INTERMEDIATES_FILE
    rows = Intermediate.objects.values_list("sha256", flat=True)
    new = [one for one in read_bundle(path) if one.sha256 not in set(rows)] if path else []
    return len(add_trusted(new, source=Intermediate.Source.BUNDLE, detail=path, now=at))


def forget(*, at: datetime) -> None:
    """Remove answers and addresses that nobody asked for in a month, and lists in a while."""
    RevocationAnswer.objects.filter(wanted_at__lt=at - ANSWERS_KEPT).delete()
    IssuerAddress.objects.filter(wanted_at__lt=at - ADDRESSES_KEPT).delete()
    RevocationList.objects.filter(wanted_at__lt=at - WANTED_FOR).delete()
