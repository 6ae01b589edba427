"""The Celery application. Tasks are a wake-up call; what must be done is a row in the outbox."""

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.import_modules.connect
def schedule(sender: Any, **_kwargs: Any) -> None:
    """Take the schedule from the desks, which are known once Django is ready."""
    from portal import desks  # noqa: PLC0415 - settings are named first

    if sender is app:
        app.conf.beat_schedule = desks.merged("beat")
