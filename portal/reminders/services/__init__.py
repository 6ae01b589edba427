"""What is done with reminders: listed, sent once a day, put into calendars, forgotten."""

from typing import Any

from portal.reminders.models import Dismissal, Feed, SentReminder


def forget_person(user: Any) -> None:
    """Remove the person's calendar, dismissals and received reminders (erasure, LGPD)."""
    Feed.objects.filter(user=user).delete()
    Dismissal.objects.filter(user=user).delete()
    SentReminder.people.through.objects.filter(user_id=user.pk).delete()
