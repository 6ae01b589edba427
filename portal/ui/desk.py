"""Pages and forms: what they add to the portal."""

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from portal import desks

desks.register(
    desks.Desk(
        name="ui",
        label=_("Pages"),
        order=85,
        beat={
            "ui-sent-forms": {
                "task": "portal.ui.tasks.forget_sent_forms",
                "schedule": crontab(hour=4, minute=10),
            }
        },
    )
)
