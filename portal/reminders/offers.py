"""What reminders add to the first page and to "my data"."""

from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal import hooks
from portal.accounts.context import signed_in
from portal.accounts.models import User
from portal.accounts.words import instant
from portal.reminders.models import Dismissal, Feed
from portal.reminders.registry import watches
from portal.reminders.services import coming, forget_person

SHOWN = 5
COUNTED = 99  # of more the first page says only that


def card(request: HttpRequest) -> hooks.Card | None:
    """The next few ends, unless the person has dismissed them."""
    found = list(islice(coming(signed_in(request), on=timezone.localdate()), COUNTED + 1))
    if not found:
        return None
    count = f"{COUNTED}+" if len(found) > COUNTED else str(len(found))
    context = {"rows": found[:SHOWN], "count": count, "more": len(found) > SHOWN}
    return hooks.Card(20, "reminders/card.html", context)


def personal_data(user: User) -> dict[str, Any]:
    feed = Feed.objects.filter(user=user).first()
    return {
        _("Calendar address made at"): instant(feed.created_at) if feed else _("None"),
        _("Dismissed reminders"): [
            {_("What"): str(watches[row.watch].label) if row.watch in watches else row.watch,
             _("When"): instant(row.at)}
            for row in Dismissal.objects.filter(user=user).order_by("pk")
        ],
    }  # fmt: skip


def register() -> None:
    """Called once, when the apps are ready."""
    hooks.dashboard_cards.append(card)
    hooks.personal_data[gettext_noop("Reminders")] = personal_data
    hooks.person_erased.append(forget_person)
