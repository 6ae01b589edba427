"""Says whether certificates are revoked, by what jobs have fetched, and asks for what is missing."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from certificates.trust import lists
from certificates.trust.chains import Chain
from certificates.trust.intermediates import add_trusted
from certificates.trust.models import (
    Fetched,
    Intermediate,
    IssuerAddress,
    RevocationAnswer,
    RevocationList,
)
from certificates.trust.parsing import Parsed, Unreadable, parse
from certificates.trust.pool import current_pool
from certificates.trust.verdict import Revocation
from portal.audit.services import record
from portal.outbox.services import enqueue_job

# A responder that does not say how long its answer holds is believed for so long.
ANSWER_HOLDS = timedelta(hours=12)
MAX_ADDRESSES = 500
_NEVER = datetime.min.replace(tzinfo=UTC)
Pair = tuple[Parsed, Parsed]


@dataclass(frozen=True)
class Standing:
    """A certificate's state; ``as_of``: when the authority said so. ``revoked_at``: also later."""

    state: Revocation
    revoked_at: datetime | None = None
    as_of: datetime | None = None


UNKNOWN = Standing(Revocation.UNKNOWN)


def standings(pairs: Sequence[Pair], *, at: datetime) -> list[Standing]:
    """The state ``at`` that instant of each certificate with its issuer. Two queries in all."""
    if not pairs:
        return []
    authorities = {issuer.authority_id for _, issuer in pairs}
    held = lists.lists_of(authorities)
    said = defaultdict(list)
    serials = {f"{below.serial:x}" for below, _ in pairs}
    for answer in RevocationAnswer.objects.filter(authority__in=authorities, serial__in=serials):
        said[answer.authority, answer.serial].append(answer)
    return [
        _combined(
            [
                *(_by_list(one, below, at) for one in held.get(issuer.authority_id, ())),
                *(
                    _by_answer(one, below, at)
                    for one in said[issuer.authority_id, f"{below.serial:x}"]
                ),
            ]
        )
        for below, issuer in pairs
    ]


def _combined(found: list[Standing]) -> Standing:
    """Revoked by anybody's word; else good by anybody's, the newest."""
    for state in (Revocation.REVOKED, Revocation.GOOD):
        those = [standing for standing in found if standing.state == state]
        if those:
            newest = max(those, key=lambda s: s.as_of or _NEVER)
            later = next((s.revoked_at for s in found if s.revoked_at), None)
            return Standing(state, newest.revoked_at or later, newest.as_of)
    return UNKNOWN


def _by_list(held: lists.UsableList, below: Parsed, at: datetime) -> Standing:
    if not held.speaks_of(below):
        return UNKNOWN
    revoked_at = held.revoked_at(below.serial)
    if revoked_at is not None and revoked_at <= at:
        return Standing(Revocation.REVOKED, revoked_at, held.this_update)
    # Lists forget certificates that have expired: what came later than their end says nothing.
    if held.next_update <= at or held.this_update > below.not_after:
        return UNKNOWN
    return Standing(Revocation.GOOD, revoked_at, held.this_update)


def _by_answer(answer: RevocationAnswer, below: Parsed, at: datetime) -> Standing:
    if answer.this_update is None:
        return UNKNOWN
    revoked_at = answer.revoked_at
    if revoked_at is not None and revoked_at <= at:
        return Standing(Revocation.REVOKED, revoked_at, answer.this_update)
    if answer.state == RevocationAnswer.State.UNKNOWN:
        return UNKNOWN
    end = answer.next_update or answer.this_update + ANSWER_HOLDS
    if end <= at or answer.this_update > below.not_after:
        return UNKNOWN
    return Standing(Revocation.GOOD, revoked_at, answer.this_update)


def chain_standing(chain: Chain, *, at: datetime) -> Standing:
    """The leaf's state; with an authority above it revoked, revoked; with one unknown, unknown.

    An authority that names neither list nor responder cannot be asked about: nothing is held
    against it.
    """
    found = standings(chain.pairs, at=at)
    if not found:
        return UNKNOWN
    leaf = found[0]
    for (below, _issuer), standing in zip(chain.pairs[1:], found[1:], strict=True):
        if standing.state == Revocation.REVOKED:
            return standing
        asked = below.list_urls or below.answer_urls
        if standing.state == Revocation.UNKNOWN and asked and leaf.state == Revocation.GOOD:
            leaf = Standing(Revocation.UNKNOWN, leaf.revoked_at)
    return leaf


# Asking


def request_check(der: bytes, *, others: Sequence[bytes] = ()) -> None:
    """Have jobs fetch what is missing to judge this certificate: authorities, lists, answers.

    Once per minute for the same need; nothing while an address pauses after failures. What the
    job is given are keys of rows: the certificate itself names a person. Bytes that are no
    certificate are ignored. Of ``others`` the authorities that complete the chain are kept.
    """
    try:
        leaf = parse(der)
    except Unreadable:
        return
    now = timezone.now()
    pool = current_pool()
    chain = pool.chain(leaf, at=_within(leaf, now), others=others)
    with transaction.atomic():
        if chain.fault is None:
            new = [link for link in chain.links[1:] if not pool.holds(link)]
            add_trusted(new, source=Intermediate.Source.MET, detail="", now=now)
            wanted = _wanted_states(chain, now)
        else:
            wanted = _wanted_issuers(chain.links[-1], now)
        _enqueue(wanted, now)


def _within(leaf: Parsed, now: datetime) -> datetime:
    return min(max(now, leaf.not_before), leaf.not_after)


def _enqueue(wanted: Iterable[Fetched], now: datetime) -> None:
    keys: dict[str, list[int]] = {"lists": [], "answers": [], "issuers": []}
    names = {RevocationList: "lists", RevocationAnswer: "answers", IssuerAddress: "issuers"}
    for row in wanted:
        if row.may_try(now):
            keys[names[type(row)]].append(row.pk)
    if any(keys.values()):
        need = hashlib.sha256(repr(sorted(keys.items())).encode()).hexdigest()[:20]
        enqueue_job(
            "trust.check", key=f"trust.check:{need}:{now:%Y%m%d%H%M}",
            lists=keys["lists"], answers=keys["answers"], issuers=keys["issuers"],
        )  # fmt: skip


def _wanted_states(chain: Chain, now: datetime) -> list[Fetched]:
    """Lists of everybody in the chain; an answer where no list tells."""
    wanted: list[Fetched] = []
    for (below, issuer), standing in zip(chain.pairs, standings(chain.pairs, at=now), strict=True):
        unknown = standing.state == Revocation.UNKNOWN
        for url in below.list_urls:
            row, _ = RevocationList.objects.defer("der").get_or_create(
                url=url, authority=issuer.authority_id,
                defaults={"issuer": below.issuer_name, "wanted_at": now},
            )  # fmt: skip
            if unknown and row.is_due(now):
                wanted.append(row)
            _touch(row, now)
        for url in below.answer_urls[:2] if unknown else ():
            row_, _ = RevocationAnswer.objects.get_or_create(
                url=url, authority=issuer.authority_id, serial=f"{below.serial:x}",
                defaults={"issuer": below.issuer_name, "wanted_at": now},
            )  # fmt: skip
            wanted.append(row_)
            _touch(row_, now)
    return wanted


def _wanted_issuers(top: Parsed, now: datetime) -> list[Fetched]:
    """Where the authority that is missing above ``top`` may be; strangers cannot grow this."""
    rows: list[Fetched] = []
    for url in top.issuer_urls:
        known = IssuerAddress.objects.filter(url=url).first()
        if known is None and IssuerAddress.objects.count() < MAX_ADDRESSES:
            known, _ = IssuerAddress.objects.get_or_create(url=url, defaults={"wanted_at": now})
        if known:
            rows.append(known)
            _touch(known, now)
    return rows


def _touch(row: Fetched, now: datetime) -> None:
    """Note that it is wanted still, at most once an hour."""
    if now - row.wanted_at > timedelta(hours=1):
        type(row)._default_manager.filter(Q(pk=row.pk)).update(wanted_at=now)


def fetch_again(lists_: QuerySet[RevocationList], *, by: AbstractBaseUser | None) -> int:
    """Have these lists fetched now, whatever pause they are in; returns how many."""
    now = timezone.now()
    with transaction.atomic():
        keys = list(lists_.order_by("pk").values_list("pk", flat=True))
        lists_.update(next_try_at=None)
        for pk in keys:
            enqueue_job("trust.fetch", key=f"trust.fetch:{pk}:{now:%Y%m%d%H%M}", pk=pk)
        record("trust.fetch_asked", actor=by, data={"lists": keys})
    return len(keys)
