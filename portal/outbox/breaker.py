"""Stops trying mail while the mail server does not answer, so that each mail does not wait for it.

After one failure to reach the server all mail waits, in every process. When the pause is over one
mail is tried; it ends the pause, or makes it longer.
"""

from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

from django.db import transaction
from django.db.models import QuerySet

from portal.outbox.models import MailPause

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
ONE_TRY = timedelta(seconds=60)  # for the one mail; if its worker dies another is tried then
UNAVAILABLE = 421  # RFC 5321: the server closes the connection
_ROW = 1


def is_outage(error: Exception) -> bool:
    """Whether the server could not be reached or used at all; not that it refused this mail."""
    if isinstance(error, SMTPResponseException) and error.smtp_code == UNAVAILABLE:
        return True
    about_this_mail = (SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused)
    return isinstance(error, OSError) and not isinstance(error, about_this_mail)


def down_since() -> datetime | None:
    """Since when the mail server has not answered; None when it does."""
    return MailPause.objects.filter(pk=_ROW).values_list("since", flat=True).first()


def is_paused(now: datetime) -> bool:
    return _unfinished(now).exists()


def may_try(now: datetime) -> bool:
    """Whether a mail may be tried now. When a pause is over, one caller is told so."""
    if not MailPause.objects.filter(pk=_ROW).exists():
        return True
    over = MailPause.objects.filter(pk=_ROW).exclude(pk__in=_unfinished(now).values("pk"))
    return bool(over.update(until=now + ONE_TRY))


def note_outage(now: datetime) -> None:
    """Begin the pause, or make it twice as long."""
    with transaction.atomic():
        pause, is_new = MailPause.objects.select_for_update().get_or_create(
            pk=_ROW, defaults={"since": now, "until": now + FIRST_PAUSE}
        )
        if not is_new:
            pause.until = now + min(FIRST_PAUSE * 2 ** min(pause.failures, 10), LONGEST_PAUSE)
            pause.failures += 1
            pause.save()


def ask_at(now: datetime) -> bool:
    """End the pause, so that the next mail asks the server; False when there is none.

    When that fails the next pause is short again.
    """
    return bool(MailPause.objects.filter(pk=_ROW).update(until=now, failures=1))


def note_answer() -> None:
    """The server took a mail, or refused just that one: the pause is over."""
    if MailPause.objects.filter(pk=_ROW).exists():
        MailPause.objects.filter(pk=_ROW).delete()


def _unfinished(now: datetime) -> QuerySet[MailPause]:
    """The pause, unless it is over. One that ends too late was begun before the clock went back."""
    return MailPause.objects.filter(pk=_ROW, until__gt=now, until__lte=now + LONGEST_PAUSE)
