"""Checks of accesses: by schedule and by hand, one at a time each, and what follows from each answer.

Nothing is sent to a host that nobody of the office has agreed to: who asks for a check agrees to
the one that the page names, and the schedule goes on from there. A refused or expired value pauses
its access and is never sent again: ``CheckState`` remembers which versions were sent. What the
agency answers counts only for the values that are in use still.
"""

import secrets
import time
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
from portal.outbox.services import enqueue_job, enqueue_mail
from portal.reminders.labels import day_text
from portal.vault.services import VaultError
from proxies.models import Proxy, SecretValue, State
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
from proxies.services.sent import KINDS, named, values_to_send
from proxies.services.values import open_value
from proxies.services.watching import keepers

JOB = "proxies.check"
LEASE = timedelta(minutes=5)  # longer than any check takes
MOST = 50  # that one run of the beat hands over
FEW = 5  # of these of one agency: more at once would hold every worker, and look like an attack
WAITS = timedelta(hours=1)  # for a job that was handed over; then it is due again
KEPT = timedelta(days=180)
_PAUSING = (Outcome.REFUSED, Outcome.EXPIRED)
_DOWN = (Outcome.UNREACHABLE, Outcome.SLOW)


def refusal(proxy: Proxy, state: CheckState | None, *, at: datetime) -> str:
    """Why this access is not checked now; empty when it is."""
    page: LoginPage | None = page_for(proxy)
    if page is None or proxy.kind not in KINDS:
        return _("Accesses of this kind to this agency are not checked by the portal.")
    return not_sent(proxy, state, at=at) or _must_wait(state, page, at)


def not_sent(proxy: Proxy, state: CheckState | None, *, at: datetime) -> str:
    """Why its values are not sent to the agency; empty when they may be."""
    if paused := _paused(proxy, at=at):
        return paused
    values = values_to_send(proxy)
    if values is None:
        return _("Its login or its password is missing.")
    if state and state.is_refused and state.values == named(proxy, values):
        return _("The agency refused these values: they are not sent again. Set the new ones.")
    return ""


def _paused(proxy: Proxy, *, at: datetime) -> str:
    today = timezone.localdate(at)
    if proxy.can_be_used(today):
        return ""
    if not proxy.office.is_active:
        return _("The office is inactive: its accesses are not used.")
    if proxy.state(today) in (State.VALID, State.EXPIRING):
        return _("The contracts of all the clients that it serves have ended: it is not used.")
    return _("It is paused: %(state)s.") % {"state": proxy.state(today).label}


def _must_wait(state: CheckState | None, page: LoginPage, at: datetime) -> str:
    if state and state.is_running(at):
        return _("It is being checked at this moment.")
    if page.is_blocked(at) and page.blocked_until:
        when = timezone.localtime(page.blocked_until)
        return _("The agency did not answer. It is asked again after %(time)s.") % {
            "time": f"{when:%H:%M}"
        }
    return ""


def ask(proxy: Proxy, *, host: str, by: User, at: datetime, request: HttpRequest) -> None:
    """Have it checked now, and by schedule from now on, at the host that the person was shown.

    Raises ValidationError with the reason why it is not.
    """
    state, page = CheckState.objects.filter(proxy=proxy).first(), page_for(proxy)
    if why_not := refusal(proxy, state, at=at):
        raise ValidationError(why_not)
    if host != page.host:
        raise ValidationError(
            _("The agency is asked at %(host)s now. Look at it, and ask again.")
            % {"host": page.host}
        )
    with transaction.atomic():
        # Sent twice in a minute, it is asked for once.
        if enqueue_job(JOB, key=_key(proxy.pk, at, "hand"), proxy=proxy.pk, by=by.pk):
            made: CheckState = CheckState.objects.get_or_create(
                proxy=proxy, defaults={"next_run": at + WAITS}
            )[0]
            _note_dead(made, at=at)
            CheckState.objects.filter(proxy=proxy).update(host=host)
            record(
                "proxy.check_asked", target=proxy, company=proxy.office_id, request=request, at=at,
                data={"host": host},
            )  # fmt: skip


@transaction.atomic
def stop(proxy: Proxy, *, at: datetime, request: HttpRequest) -> None:
    """No more checks by schedule, until somebody asks for one again."""
    if CheckState.objects.filter(proxy=proxy).exclude(host="").update(host=""):
        record(
            "proxy.checks_stopped", target=proxy, company=proxy.office_id, request=request, at=at
        )


def enqueue_due(*, at: datetime) -> int:
    """Hand over those that are due by their schedule, the longest due first: a few of each agency,
    none of one that rests. How many."""
    if not settings.PROXY_CHECK_HOURS:
        return 0
    today = timezone.localdate(at)
    usable = Proxy.objects.watched(on=today).filter(
        Q(end_is_known=False) | Q(ends_on__gte=today), status=Proxy.Status.ACTIVE, expired_at=None,
        kind__in=KINDS, check_state__next_run__lte=at, check_state__unclear__lt=MOST_UNCLEAR,
    )  # fmt: skip
    found: list[tuple[datetime, int]] = []
    resting = Q(blocked_until__gt=at)
    for page in LoginPage.objects.filter(is_active=True).exclude(resting):
        due = usable.filter(agency=page.agency_id, check_state__host=page.host)
        found += due.order_by("check_state__next_run").values_list(
            "check_state__next_run", "pk"
        )[:FEW]  # fmt: skip
    chosen = [pk for _next_run, pk in sorted(found)[:MOST]]
    for pk in chosen:
        with transaction.atomic():
            CheckState.objects.filter(proxy=pk).update(next_run=at + WAITS)
            enqueue_job(JOB, key=_key(pk, at, "beat"), proxy=pk, by=None)
    return len(chosen)


def page_was_changed(page: LoginPage, *, at: datetime) -> None:
    """What is described anew may be understood now: the agency rests no more, and accesses that
    had stopped after unclear answers are tried once more."""
    LoginPage.objects.filter(pk=page.pk).update(blocked_until=None, failures=0)
    stopped = CheckState.objects.filter(proxy__agency=page.agency_id, unclear__gte=MOST_UNCLEAR)
    stopped.update(unclear=MOST_UNCLEAR - 1, next_run=at)


def forget_old(*, at: datetime) -> int:
    """Remove checks that are older than half a year. How many."""
    old = Check.objects.filter(at__lt=at - KEPT).order_by("at").values_list("pk", flat=True)
    return Check.objects.filter(pk__in=list(old[:5000])).delete()[0]


def run(proxy: Proxy, *, by: User | None, at: datetime) -> Check | None:
    """Check one access, unless it may not be or another run is at it. Commits as it goes."""
    lease = _lease(proxy, at=at)
    if lease is None:
        return None
    noted = _noted_use(proxy, lease, by=by, at=at)
    if noted is None:
        return None
    values, page = noted
    begun = time.monotonic()
    answer = _answer(proxy, values, page)
    milliseconds = int((time.monotonic() - begun) * 1000)
    done = at + timedelta(milliseconds=milliseconds)
    check = Check(
        proxy=proxy, at=done, by=by, outcome=answer.outcome, reason=answer.reason,
        milliseconds=milliseconds,
    )  # fmt: skip
    return _conclude(check, answer, lease, named(proxy, values))


def _lease(proxy: Proxy, *, at: datetime) -> str | None:
    """Take the access for this run; None when it is not checked now."""
    state, page = CheckState.objects.filter(proxy=proxy).first(), page_for(proxy)
    if state is None or _note_dead(state, at=at):
        return None
    if refusal(proxy, state, at=at) or state.host != page.host:
        # One at which another run is has its next run already.
        if not state.is_running(at):
            rests = page is not None and page.is_blocked(at)
            later = max(state.next_run, page.blocked_until) if rests else at + _interval()
            CheckState.objects.filter(proxy=proxy).update(next_run=later)
        return None
    lease = secrets.token_hex(16)
    taken = CheckState.objects.filter(proxy=proxy, lease="").update(
        lease=lease, leased_until=at + LEASE, next_run=at + LEASE
    )
    return lease if taken else None


def _note_dead(state: CheckState, *, at: datetime) -> bool:
    """Whether the run that was at it is gone. Nobody knows what the agency answered then: perhaps
    it refused, so that the schedule waits a whole interval."""
    if not state.lease or state.is_running(at):
        return False
    held = CheckState.objects.filter(proxy=state.proxy_id, lease=state.lease)
    if held.update(lease="", leased_until=None, next_run=at + _interval()):
        Check.objects.create(proxy_id=state.proxy_id, at=at, outcome=Outcome.CUT)
    return True


@transaction.atomic
def _noted_use(
    proxy: Proxy, lease: str, *, by: User | None, at: datetime
) -> tuple[dict[str, SecretValue], LoginPage] | None:
    """The values to be sent and where, once the audit and the state say that they are used; None
    where they have become such that may not be sent."""
    state = CheckState.objects.select_for_update().get(proxy=proxy)
    if state.lease != lease:
        return None
    # Looked at again under the lock: another run may have ended since the lease was asked for.
    proxy = Proxy.objects.select_related("office", "agency").get(pk=proxy.pk)
    values, page = values_to_send(proxy), page_for(proxy)
    may_go = page is not None and state.host == page.host and not page.is_blocked(at)
    if values is None or not may_go or not_sent(proxy, state, at=at):
        state.lease = ""
        state.save(update_fields=["lease"])
        return None
    name = named(proxy, values)
    if state.values != name:
        state.values, state.unclear, state.is_refused, state.is_said = name, 0, False, False
    state.unclear += 1  # until there is an answer
    state.save(update_fields=["values", "unclear", "is_refused", "is_said"])
    record(
        "proxy.used", target=proxy, company=proxy.office_id, actor=by, at=at,
        data={
            "host": page.host,
            "versions": {name: value.version for name, value in values.items()},
        },
    )  # fmt: skip
    return values, page


@sensitive_variables("opened", "login", "password")
def _answer(proxy: Proxy, values: dict[str, SecretValue], page: LoginPage) -> Answer:
    try:
        opened = {name: open_value(value).decode() for name, value in values.items()}
    except (VaultError, UnicodeDecodeError):
        return Answer(Outcome.SEALED)
    login = opened.get(SecretValue.Field.LOGIN, proxy.holder)
    return try_login(page, login, opened[proxy.main_field])


@transaction.atomic
def _conclude(check: Check, answer: Answer, lease: str, sent: str) -> Check | None:
    """Note the answer and what follows from it; None when another run has taken over."""
    at = check.at
    found = Proxy.objects.select_for_update(of=("self",), no_key=True)
    proxy = found.select_related("office", "agency").get(pk=check.proxy_id)
    state = CheckState.objects.select_for_update().get(proxy=proxy)
    if state.lease != lease:
        return None
    values = values_to_send(proxy)
    is_current = values is not None and named(proxy, values) == sent
    rests_until = _agency_rests(int(sent.partition(" ")[0]), answer.outcome, at=at)
    if not is_current:
        check.reason = Reason.REPLACED
    elif answer.outcome in _PAUSING:
        state.is_refused, state.is_said = True, False
        _pause(proxy, answer.outcome, sent, at=at)
    _plan(state, answer, is_current=is_current, rests_until=rests_until, at=at)
    state.save()
    check.save(force_insert=True)
    return check


def _agency_rests(agency: int, outcome: Outcome, *, at: datetime) -> datetime | None:
    """One that is down is left alone as a whole, longer each time; until when. None if it is up."""
    page = LoginPage.objects.select_for_update().filter(agency=agency).first()
    if page is None:
        return None
    if outcome not in _DOWN:
        LoginPage.objects.filter(pk=page.pk).exclude(failures=0).update(
            blocked_until=None, failures=0
        )
        return None
    if not page.is_blocked(at):  # else another check of these minutes found it down, too
        page.failures = min(page.failures + 1, len(BACKOFF))
        page.blocked_until = at + BACKOFF[page.failures - 1]
        page.save(update_fields=["failures", "blocked_until"])
    return page.blocked_until


def _plan(
    state: CheckState, answer: Answer, *, is_current: bool, rests_until: datetime | None,
    at: datetime,
) -> None:  # fmt: skip
    """When it is checked next. Once the form was sent, the agency may have refused it whatever it
    answered: the same values wait a whole interval."""
    state.lease, state.leased_until = "", None
    if answer.outcome == Outcome.OPENED:
        state.unclear = 0
    elif not answer.was_sent:
        state.unclear = max(state.unclear - 1, 0)
    if not is_current:
        state.next_run = at
    elif rests_until and not answer.was_sent:
        state.next_run = rests_until
    else:
        state.next_run = at + _interval()


def _pause(proxy: Proxy, outcome: Outcome, sent: str, *, at: datetime) -> None:
    """The access is paused and its office told, unless it was taken out of use meanwhile."""
    if proxy.status != Proxy.Status.ACTIVE or proxy.expired_at:
        return
    if outcome == Outcome.EXPIRED:
        life.expire(proxy, by=None, at=at)
    else:
        why = _("The check of %(day)s: the agency refused the login or the password.") % {
            "day": day_text(timezone.localdate(at))
        }
        life.refuse(proxy, why, by=None, at=at)
    _tell_keepers(proxy, outcome, sent, at=at)


def _tell_keepers(proxy: Proxy, outcome: Outcome, sent: str, *, at: datetime) -> None:
    """Once for these values, to everybody who can set new ones."""
    told = keepers({proxy.office_id}, at=at).get(proxy.office_id, set())
    context = {
        "proxy": proxy, "agency": proxy.agency, "office": proxy.office, "day": at,
        "is_expired": outcome == Outcome.EXPIRED, "is_code": proxy.main_field == "code",
        "link": settings.BASE_URL + proxy.get_absolute_url(),
    }  # fmt: skip
    for user in User.objects.filter(pk__in=told).exclude(email=None).order_by("pk"):
        enqueue_mail(
            to=user.email or "", template="proxies/mail/refused", context=context,
            key=f"proxy-refused:{proxy.pk}:{sent}:{user.pk}", about=[user.pk],
        )  # fmt: skip


def _interval() -> timedelta:
    return timedelta(hours=settings.PROXY_CHECK_HOURS or 24)


def _key(pk: int, at: datetime, who: str) -> str:
    return f"proxy-check:{pk}:{who}:{at:%Y%m%d%H%M}"
