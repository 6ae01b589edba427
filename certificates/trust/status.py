"""The state of trust: roots, intermediates, lists and recent failures, for operators."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from certificates.trust.models import Intermediate, IssuerAddress, RevocationAnswer, RevocationList
from certificates.trust.parsing import Parsed
from certificates.trust.pool import Pool, current_pool
from certificates.trust.sources import fingerprint, pinned_among, read_bundle


@dataclass(frozen=True)
class Authority:
    name: str
    sha256: str
    not_after: datetime
    state: str  # ok, expired, not_yet_valid, key_not_understood
    source: str = ""


@dataclass(frozen=True)
class ListState:
    issuer: str
    url: str
    entries: int
    size: int
    this_update: datetime | None
    next_update: datetime | None
    failed_at: datetime | None
    error: str
    state: str  # ok, stale, missing


@dataclass(frozen=True)
class Failure:
    url: str
    failures: int
    failed_at: datetime | None
    error: str


@dataclass(frozen=True)
class Status:
    """``problems``: what keeps people with certificates from logging in, in words; empty: fine."""

    roots: list[Authority]
    intermediates: list[Authority]
    lists: list[ListState]
    failures: list[Failure]
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready but for its datetimes."""
        return asdict(self)


def status(*, at: datetime) -> Status:
    """The state ``at`` that instant; reads files and database, fetches nothing."""
    pool = current_pool()
    lists = [_list_state(row, at) for row in RevocationList.objects.wanted(at)]
    roots = [_authority(root, at) for root in pool.roots]
    return Status(
        roots=roots,
        intermediates=_intermediates(pool, at),
        lists=lists,
        failures=list(_failures()),
        problems=[*_problems_of_roots(pool, roots), *_problems_of_lists(lists)],
    )


def _authority(one: Parsed, at: datetime, source: str = "") -> Authority:
    if one.key is None:
        state = "key_not_understood"
    elif at > one.not_after:
        state = "expired"
    else:
        state = "ok" if one.valid(at) else "not_yet_valid"
    return Authority(one.name, one.sha256, one.not_after, state, source)


def _intermediates(pool: Pool, at: datetime) -> list[Authority]:
    sources = dict(Intermediate.objects.values_list("sha256", "source"))
    return [_authority(i, at, sources.get(i.sha256, "")) for i in pool.intermediates]


def _list_state(row: RevocationList, at: datetime) -> ListState:
    state = "missing" if row.this_update is None else "stale" if row.is_stale(at) else "ok"
    return ListState(
        row.issuer, row.url, row.entries, row.size, row.this_update, row.next_update,
        row.failed_at, row.error, state,
    )  # fmt: skip


def _failures() -> Iterator[Failure]:
    for model in (RevocationList, RevocationAnswer, IssuerAddress):
        rows = model._default_manager.filter(failures__gt=0).order_by("-failed_at")
        for url, failures, failed_at, error in rows.values_list(
            "url", "failures", "failed_at", "error"
        )[:50]:
            yield Failure(url, failures, failed_at, error)


def _problems_of_roots(pool: Pool, roots: Iterable[Authority]) -> Iterator[str]:
    if not any(root.state == "ok" for root in roots):
        yield _("There is no trusted root: set TRUST_ROOTS_FILE.")
    in_file = read_bundle(settings.TRUST_ROOTS_FILE)
    if settings.TRUST_ROOTS_FILE and not in_file:
        yield _("TRUST_ROOTS_FILE holds no certificate that can be read.")
    found = {root.sha256 for root in in_file}
    for text in settings.TRUST_ROOTS_SHA256:
        if fingerprint(text) not in found:
            yield _("No root in TRUST_ROOTS_FILE has the fingerprint %(sha256)s.") % {
                "sha256": text
            }
    used = {root.sha256 for root in pool.roots}
    for root in in_file:
        if root.sha256 not in used and not pinned_among([root], settings.TRUST_ROOTS_SHA256):
            yield _("“%(name)s” in TRUST_ROOTS_FILE is not used: %(sha256)s.") % {
                "name": root.name,
                "sha256": root.sha256,
            }


def _problems_of_lists(lists: Iterable[ListState]) -> Iterator[str]:
    """Of several lists of one authority one that is in force is enough."""
    fresh = {one.issuer for one in lists if one.state == "ok"}
    for one in lists:
        if one.state != "ok" and one.issuer not in fresh:
            yield _("The revocation list of “%(name)s” is missing or out of date: %(url)s") % {
                "name": one.issuer,
                "url": one.url,
            }
