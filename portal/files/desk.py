"""The private store: what it adds to the portal."""

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.files.services import store_answers

desks.register(
    desks.Desk(
        name="files",
        label=_("Files"),
        order=81,
        health={"store": store_answers},
        beat={
            "files-orphans": {"task": "portal.files.tasks.sweep", "schedule": crontab(minute=20)},
            "files-check": {
                "task": "portal.files.tasks.check",
                "schedule": crontab(hour=3, minute=35),
            },
        },
    )
)
