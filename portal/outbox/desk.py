"""The outbox: what it adds to the portal."""

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.outbox.breaker import down_since
from portal.outbox.models import Entry
from portal.outbox.services import clock_is_right, is_worked_off
from portal.permissions import ADMINISTRATION, may_work
from portal.vault.sealed import SealedField


def _views_entries(request: HttpRequest) -> bool:
    return may_work(request, "outbox.view_entry")


def mail_down_card(request: HttpRequest) -> desks.Card | None:
    """For staff who see the outbox, while the mail server does not answer."""
    since = down_since() if _views_entries(request) else None
    return desks.Card(1, "outbox/mail_down_card.html", {"since": since}) if since else None


desks.register(
    desks.Desk(
        name="outbox",
        label=_("Outbox"),
        order=80,
        urls="portal.outbox.urls",
        nav=[
            desks.NavItem(_("Outbox"), "outbox:list", "envelope", "staff", 80, _views_entries),
        ],
        cards=[mail_down_card],
        groups={ADMINISTRATION: ["outbox.view_entry", "outbox.retry_entry", "outbox.cancel_entry"]},
        sealed=[SealedField(Entry, "sealed")],
        audit_words={
            "outbox.cancelled": _("Cancelled an outbox entry"),
            "outbox.retried": _("Had an outbox entry tried again"),
            "outbox.links_opened": _("Opened the links of an e-mail of the outbox"),
            "outbox.mail_server_asked": _("Had the mail server asked again"),
            "outbox.read": _("Read an e-mail of the outbox"),
        },
        health={
            "mail": lambda: down_since() is None,
            "worker": lambda: is_worked_off(timezone.now()),
            "clock": lambda: clock_is_right(timezone.now()),
        },
        beat={
            "outbox-sweep": {"task": "portal.outbox.tasks.sweep", "schedule": 10.0},
            "outbox-prune": {
                "task": "portal.outbox.tasks.prune",
                "schedule": crontab(hour=4, minute=40),
            },
        },
    )
)
