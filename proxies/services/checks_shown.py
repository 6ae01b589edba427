"""What pages show of an access's checks: where it is signed in, when next, and why not."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.reminders.labels import day_text
from proxies.models import Proxy
from proxies.models.checks import MOST_UNCLEAR, Check, CheckState, page_for
from proxies.services.checks import not_sent, refusal
from proxies.services.sent import KINDS


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the page of an access shows of its checks.

    ``host``: where its login and password are sent; empty where the portal checks no accesses of
    this kind at this agency. ``is_agreed``: somebody of the office agreed to that host;
    ``was_moved``: to another one, before. ``is_daily``: what is agreed to is checked by schedule,
    every ``hours``; ``is_paused``: not as the access stands; ``has_stopped``: not any more, for
    nobody understood what the agency answered. ``next_check``: when the schedule comes to it.
    ``why_not``: why no check can be asked for.
    """

    host: str = ""
    is_agreed: bool = False
    was_moved: bool = False
    is_daily: bool = False
    is_paused: bool = False
    has_stopped: bool = False
    hours: int = 0
    last: Check | None = None
    next_check: str = ""
    why_not: str = ""


def shown(proxy: Proxy, at: datetime) -> Shown:
    state, page = CheckState.objects.filter(proxy=proxy).first(), page_for(proxy)
    last, why_not = Check.objects.filter(proxy=proxy).first(), refusal(proxy, state, at=at)
    if page is None or proxy.kind not in KINDS:
        return Shown(last=last, why_not=why_not)
    agreed_to = state.host if state else ""
    is_daily = bool(settings.PROXY_CHECK_HOURS and page.is_active)
    goes_on = is_daily and not why_not and agreed_to == page.host
    has_stopped = bool(state and goes_on and state.unclear >= MOST_UNCLEAR)
    return Shown(
        host=page.host, is_agreed=agreed_to == page.host,
        was_moved=agreed_to not in ("", page.host), is_daily=is_daily,
        is_paused=bool(not_sent(proxy, state, at=at)), has_stopped=has_stopped,
        hours=settings.PROXY_CHECK_HOURS, last=last, why_not=why_not,
        next_check=_next_check(proxy, state, at) if state and goes_on and not has_stopped else "",
    )  # fmt: skip


def _next_check(proxy: Proxy, state: CheckState, at: datetime) -> str:
    """When the schedule comes to an access that may be checked now. An access that was out of use
    has passed its hour, and is due at once."""
    if state.next_run <= at:
        return _("The next check by the schedule is due.")
    when = timezone.localtime(state.next_run)
    if not proxy.can_be_used(when.date()):
        return _("It ends before the next check by the schedule.")
    return _("Next check by the schedule: %(when)s.") % {
        "when": f"{day_text(when.date())} {when:%H:%M}"
    }
