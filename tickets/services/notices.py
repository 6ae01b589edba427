"""How agents sign, and of what they are told by mail: at once, or once a day in one mail."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.outbox.services import enqueue_mail
from tickets.models import AgentSettings, Department, Entry, Event, Member, Ticket
from tickets.models.tickets import TicketQuerySet

Notice = AgentSettings.Notice
KINDS = ("on_new", "on_assigned", "on_client")
LISTED = 30  # orders of a kind in one daily mail
DAY = timedelta(days=1)


def settings_of(user: Any) -> AgentSettings:
    """What the agent chose; of who never chose, the defaults, not saved."""
    return AgentSettings.objects.filter(user=user).first() or AgentSettings(user=user)


def choose(user: User, chosen: dict[str, Any]) -> None:
    """Keep what the agent chose; ``chosen`` has the fields of ``AgentSettings`` by name."""
    AgentSettings.objects.update_or_create(user=user, defaults=chosen)


def wants_now(user: Any, kind: str) -> bool:
    """Whether the agent is told of this ``kind`` (one of ``KINDS``) at once."""
    return bool(getattr(settings_of(user), kind) == Notice.NOW)


def agents_of(department: Department, kind: str) -> list[Any]:
    """The agents of a department who are told of this kind at once, and can be reached."""
    chosen = Q(**{f"user__ticket_settings__{kind}": Notice.NOW})
    if getattr(AgentSettings(), kind) == Notice.NOW:
        chosen |= Q(user__ticket_settings=None)
    members = Member.objects.filter(chosen, department=department, user__is_active=True)
    found = members.filter(user__is_staff=True).exclude(user__email="").select_related("user")
    return [member.user for member in found if member.user.email]


def signature_of(entry: Entry) -> str:
    """What stands below an answer: the agent's own lines, then the department's."""
    own = settings_of(entry.user).signature if entry.user else ""
    return "\n".join(filter(None, [own.strip(), entry.ticket.department.signature.strip()]))


def send_daily(*, at: datetime) -> int:
    """One mail to each agent who wants one and has news since yesterday. How many."""
    daily = Q()
    for kind in KINDS:
        daily |= Q(**{kind: Notice.DAILY})
    chosen = AgentSettings.objects.filter(daily, user__is_active=True, user__is_staff=True)
    return sum(_send_day(one, at) for one in chosen.select_related("user") if one.user.email)


def _send_day(chosen: AgentSettings, at: datetime) -> bool:
    user, since = chosen.user, at - DAY
    visible = Ticket.objects.visible_to(user, at=at).unfinished().select_related("department__desk")
    parts = {kind: _news(kind, visible, user, since, at) for kind in KINDS}
    shown = {
        kind: list(found.order_by("-last_activity", "-pk")[:LISTED])
        for kind, found in parts.items()
        if getattr(chosen, kind) == Notice.DAILY
    }
    if not any(shown.values()):
        return False
    day = timezone.localtime(at).date()
    made = enqueue_mail(
        to=user.email or "", template="tickets/mail/daily", key=f"ticket-daily:{user.pk}:{day:%Y-%m-%d}",
        context={
            "agent": user, **shown, "link": settings.BASE_URL + reverse("tickets:queue"),
            "base": settings.BASE_URL,
            "choose": settings.BASE_URL + reverse("tickets:agent_settings"),
        },
        automatic=True, about=[user.pk],
    )  # fmt: skip
    return made is not None


def _news(
    kind: str, visible: TicketQuerySet, user: User, since: datetime, at: datetime
) -> TicketQuerySet:
    """What happened after ``since``, of one kind."""
    if kind == "on_new":
        return visible.filter(department__members=user, created_at__gt=since, created_at__lte=at)
    mine = visible.filter(assigned_to=user)
    if kind == "on_client":
        return mine.filter(last_client_at__gt=since, last_client_at__lte=at, needs_answer=True)
    given = Event.objects.filter(kind=Event.Kind.ASSIGNED, at__gt=since, at__lte=at)
    return mine.filter(pk__in=given.exclude(user=user).values("ticket"))
