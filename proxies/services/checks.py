"""Checks of accesses: by schedule and by hand, one at a time each, and what follows from each answer.

A refused or expired value pauses its access and is never sent again: ``CheckState`` remembers
which versions were sent. What the agency answers counts only for the values that are in use still.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from portal.accounts.models import User
from portal.audit.services import record
from portal.outbox.services import enqueue_job
from portal.reminders.labels import day_text
from portal.vault.services import VaultError
from proxies.models import Kind, Proxy, SecretValue
from proxies.models.checks import (
    BACKOFF,
    MOST_UNCLEAR,
    Check,
    CheckState,
    LoginPage,
    Outcome,
    Reason,
    page_for,
)
from proxies.services import life
from proxies.services.connector import Answer, try_login
from proxies.services.values import current_values, open_value

JOB = "proxies.check"
LEASE = timedelta(minutes=5)  # longer than any check takes
MOST = 50  # that one run of the beat hands over
WAITS = timedelta(hours=1)  # for a job that was handed over; then it is due again
KEPT = timedelta(days=180)
_KINDS = (Kind.LOGIN, Kind.CODE)
_PAUSING = (Outcome.REFUSED, Outcome.EXPIRED)
_DOWN = (Outcome.UNREACHABLE, Outcome.SLOW)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the page of an access shows of its checks. ``why_not``: why none can be asked for.
    ``is_offered``: whether the portal checks accesses of this kind at this agency at all."""

    is_offered: bool
    last: Check | None
    next_run: datetime | None
    is_running: bool
    why_not: str


def shown(proxy: Proxy, at: datetime) -> Shown:
    state = CheckState.objects.filter(proxy=proxy).first()
    why_not, page = refusal(proxy, state, at=at), page_for(proxy)
    scheduled = not why_not and settings.PROXY_CHECK_HOURS and page.is_active
    goes_on = state is None or state.unclear < MOST_UNCLEAR
    return Shown(
        is_offered=proxy.kind in _KINDS and page is not None,
        last=Check.objects.filter(proxy=proxy).first(),
        next_run=state.next_run if state and scheduled and goes_on else None,
        is_running=bool(state and state.is_running(at)), why_not=why_not,
    )  # fmt: skip


def refusal(proxy: Proxy, state: CheckState | None, *, at: datetime) -> str:
    """Why this access is not checked now; empty when it is."""
    return _not_sent(proxy, state, at=at) or (_must_wait(state, at) if state else "")


def _not_sent(proxy: Proxy, state: CheckState | None, *, at: datetime) -> str:
    """Why its values are not sent to the agency; empty when they may be."""
    today = timezone.localdate(at)
    if proxy.kind not in _KINDS or page_for(proxy) is None:
        return _("Accesses of this kind to this agency are not checked by the portal.")
    if not proxy.can_be_used(today):
        return _("It is paused: %(state)s.") % {"state": proxy.state(today).label}
    values = _values(proxy)
    if values is None:
        return _("Its login or its password is missing.")
    if state and state.is_refused and state.values == _versions(values):
        return _("The agency refused these values: they are not sent again. Set the new ones.")
    return ""


def _must_wait(state: CheckState, at: datetime) -> str:
    if state.is_running(at):
        return _("It is being checked at this moment.")
    if state.is_blocked(at) and state.blocked_until:
        when = timezone.localtime(state.blocked_until)
        return _("The agency did not answer. It is asked again after %(time)s.") % {
            "time": f"{when:%H:%M}"
        }
    return ""


def ask(proxy: Proxy, *, by: User, at: datetime, request: HttpRequest) -> None:
    """Have it checked now. Raises ValidationError with the reason why it is not."""
    state = CheckState.objects.filter(proxy=proxy).first()
    if why_not := refusal(proxy, state, at=at):
        raise ValidationError(why_not)
    with transaction.atomic():
        # Sent twice in a minute, it is asked for once.
        if enqueue_job(JOB, key=_key(proxy.pk, at, "hand"), proxy=proxy.pk, by=by.pk):
            record(
                "proxy.check_asked", target=proxy, company=proxy.office_id, request=request, at=at
            )


def enqueue_due(*, at: datetime) -> int:
    """Hand over those that are due by their schedule, the longest due first. How many."""
    if not settings.PROXY_CHECK_HOURS:
        return 0
    today = timezone.localdate(at)
    usable = Proxy.objects.filter(
        Q(end_is_known=False) | Q(ends_on__gte=today), status=Proxy.Status.ACTIVE, expired_at=None,
        office__is_active=True, kind__in=_KINDS, agency__login_page__is_active=True,
    )  # fmt: skip
    due = usable.filter(check_state__next_run__lte=at, check_state__unclear__lt=MOST_UNCLEAR)
    found = list(due.order_by("check_state__next_run").values_list("pk", flat=True)[:MOST])
    new = usable.filter(check_state=None).order_by("pk").values_list("pk", flat=True)
    found += new[: MOST - len(found)]
    with transaction.atomic():
        for pk in found:
            CheckState.objects.update_or_create(proxy_id=pk, defaults={"next_run": at + WAITS})
            enqueue_job(JOB, key=_key(pk, at, "beat"), proxy=pk, by=None)
    return len(found)


def forget_old(*, at: datetime) -> int:
    """Remove checks that are older than half a year. How many."""
    old = Check.objects.filter(at__lt=at - KEPT).order_by("at").values_list("pk", flat=True)
    return Check.objects.filter(pk__in=list(old[:5000])).delete()[0]


def run(proxy: Proxy, *, by: User | None, at: datetime) -> Check | None:
    """Check one access, unless it may not be or another run is at it. Commits as it goes."""
    lease = _lease(proxy, at=at)
    if lease is None:
        return None
    values = _noted_use(proxy, lease, by=by, at=at)
    if values is None:
        return None
    begun = time.monotonic()
    answer = _answer(proxy, values)
    milliseconds = int((time.monotonic() - begun) * 1000)
    done = at + timedelta(milliseconds=milliseconds)
    check = Check(
        proxy=proxy, at=done, by=by, outcome=answer.outcome, reason=answer.reason,
        milliseconds=milliseconds,
    )  # fmt: skip
    return _conclude(check, answer, lease, _versions(values))


def _lease(proxy: Proxy, *, at: datetime) -> str | None:
    """Take the access for this run; None when it is not checked now."""
    first, _made = CheckState.objects.get_or_create(proxy=proxy, defaults={"next_run": at})
    if refusal(proxy, first, at=at):
        # A blocked one, or one at which another run is, has its next run already.
        if not (first.is_running(at) or first.is_blocked(at)):
            CheckState.objects.filter(proxy=proxy).update(next_run=at + _interval())
        return None
    lease = secrets.token_hex(16)
    free = Q(lease="") | Q(leased_until=None) | Q(leased_until__lte=at)
    taken = CheckState.objects.filter(free, proxy=proxy, lease=first.lease).update(
        lease=lease, leased_until=at + LEASE, next_run=at + LEASE
    )
    if not taken:
        return None
    if first.lease:  # whoever held it is gone: nobody knows what the agency answered
        Check.objects.create(proxy=proxy, at=at, outcome=Outcome.CUT)
    return lease


@transaction.atomic
def _noted_use(
    proxy: Proxy, lease: str, *, by: User | None, at: datetime
) -> dict[str, SecretValue] | None:
    """The values to be sent, once the audit and the state say that they are used; None where they
    have become such that may not be sent."""
    state = CheckState.objects.select_for_update().get(proxy=proxy)
    if state.lease != lease:
        return None
    # Looked at again under the lock: another run may have ended since the lease was asked for.
    proxy = Proxy.objects.select_related("office", "agency").get(pk=proxy.pk)
    values = _values(proxy)
    if values is None or _not_sent(proxy, state, at=at) or state.is_blocked(at):
        state.lease = ""
        state.save(update_fields=["lease"])
        return None
    versions = _versions(values)
    if state.values != versions:
        state.values, state.unclear, state.is_refused = versions, 0, False
    state.unclear += 1  # until there is an answer
    state.save(update_fields=["values", "unclear", "is_refused"])
    record(
        "proxy.used", target=proxy, company=proxy.office_id, actor=by, at=at,
        data={"versions": {name: value.version for name, value in values.items()}},
    )  # fmt: skip
    return values


@sensitive_variables("opened", "login", "password")
def _answer(proxy: Proxy, values: dict[str, SecretValue]) -> Answer:
    page: LoginPage = page_for(proxy)
    try:
        opened = {name: open_value(value).decode() for name, value in values.items()}
    except (VaultError, UnicodeDecodeError):
        return Answer(Outcome.SEALED)
    login = opened.get(SecretValue.Field.LOGIN, proxy.holder)
    return try_login(page, login, opened[proxy.main_field])


@transaction.atomic
def _conclude(check: Check, answer: Answer, lease: str, versions: str) -> Check | None:
    """Note the answer and what follows from it; None when another run has taken over."""
    at = check.at
    proxy = Proxy.objects.select_for_update(of=("self",)).select_related("office", "agency").get(
        pk=check.proxy_id
    )  # fmt: skip
    state = CheckState.objects.select_for_update().get(proxy=proxy)
    if state.lease != lease:
        return None
    values = _values(proxy)
    is_current = values is not None and _versions(values) == versions
    if not is_current:
        check.reason = Reason.REPLACED
    elif answer.outcome in _PAUSING:
        state.is_refused = True
        _pause(proxy, answer.outcome, at=at)
    _plan(state, answer, is_current=is_current, at=at)
    state.save()
    check.save(force_insert=True)
    return check


def _plan(state: CheckState, answer: Answer, *, is_current: bool, at: datetime) -> None:
    """When it is checked next."""
    state.lease, state.leased_until, state.blocked_until = "", None, None
    if answer.outcome == Outcome.OPENED:
        state.unclear = 0
    elif not answer.was_sent:
        state.unclear = max(state.unclear - 1, 0)
    if answer.outcome in _DOWN:
        state.failures = min(state.failures + 1, len(BACKOFF))
        state.blocked_until = state.next_run = at + BACKOFF[state.failures - 1]
    else:
        state.failures = 0
        state.next_run = at + _interval() if is_current else at


def _pause(proxy: Proxy, outcome: Outcome, *, at: datetime) -> None:
    """The access is paused, unless somebody has taken it out of use meanwhile."""
    if proxy.status != Proxy.Status.ACTIVE:
        return
    if outcome == Outcome.EXPIRED:
        life.expire(proxy, by=None, at=at)
        return
    why = _("The check of %(day)s: the agency refused the login or the password.") % {
        "day": day_text(timezone.localdate(at))
    }
    life.refuse(proxy, why, by=None, at=at)


def _values(proxy: Proxy) -> dict[str, SecretValue] | None:
    """What a check sends: the login, and the password or the code; None where one is missing."""
    values = current_values(proxy)
    needed = [proxy.main_field]
    if proxy.kind == Kind.LOGIN:
        needed.insert(0, SecretValue.Field.LOGIN)
    return {name: values[name] for name in needed} if set(needed) <= set(values) else None


def _versions(values: dict[str, SecretValue]) -> str:
    return " ".join(f"{name}:{value.version}" for name, value in sorted(values.items()))


def _interval() -> timedelta:
    return timedelta(hours=settings.PROXY_CHECK_HOURS or 24)


def _key(pk: int, at: datetime, who: str) -> str:
    return f"proxy-check:{pk}:{who}:{at:%Y%m%d%H%M}"
