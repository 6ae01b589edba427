"""Reminders: what they add to the portal."""

from itertools import islice
from typing import Any

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.labels import instant
from portal.accounts.limits import Limit
from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.reminders.models import Dismissal, Feed
from portal.reminders.registry import watches
from portal.reminders.services import forget_person
from portal.reminders.services.listing import upcoming

SHOWN = 5
COUNTED = 99  # of more the first page says only that


def card(request: HttpRequest) -> desks.Card | None:
    """The next few ends, unless the person has dismissed them."""
    found = list(islice(upcoming(scope_of(request).user, on=timezone.localdate()), COUNTED + 1))
    if not found:
        return None
    count = f"{COUNTED}+" if len(found) > COUNTED else str(len(found))
    context = {"rows": found[:SHOWN], "count": count, "more": len(found) > SHOWN}
    return desks.Card(20, "reminders/card.html", context)


def personal_data(user: User) -> dict[str, Any]:
    known = watches()
    feed = Feed.objects.filter(user=user).first()
    return {
        gettext("Calendar address made at"): instant(feed.created_at) if feed else gettext("None"),
        gettext("Dismissed reminders"): [
            {gettext("What"): str(known[row.watch].label) if row.watch in known else "",
             gettext("When"): instant(row.at)}
            for row in Dismissal.objects.filter(user=user).order_by("pk")
        ],
    }  # fmt: skip


desks.register(
    desks.Desk(
        name="reminders",
        label=_("Reminders"),
        order=72,
        urls="portal.reminders.urls",
        demo="portal.reminders.demo",
        cards=[card],
        personal_data={gettext_noop("Reminders"): personal_data},
        on_erasure=[forget_person],
        audit_words={
            "reminders.feed_made": _("Made the address of the own calendar"),
            "reminders.feed_ended": _("Turned the own calendar off"),
        },
        job_words={
            "reminders.tell": _("Mail a person's reminders"),
            "reminders.digest": _("Mail the reminders of the team"),
        },
        limits={"calendar": Limit(60, 3600), "calendar-guess": Limit(30, 600)},
        beat={
            "reminders": {
                "task": "portal.reminders.tasks.remind",
                "schedule": crontab(hour=7, minute=40),
            },
        },
    )
)
