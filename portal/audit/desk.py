"""The audit: what it adds to the portal."""

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.permissions import ADMINISTRATION

desks.register(
    desks.Desk(
        name="audit",
        label=_("Audit"),
        order=82,
        kept_on_erasure=[_("The record of what was done and when, without saying by whom.")],
        groups={ADMINISTRATION: ["audit.view_auditevent"]},
        beat={
            "audit-heads": {
                "task": "portal.audit.tasks.note_heads",
                "schedule": crontab(hour=3, minute=10),
            },
        },
    )
)
