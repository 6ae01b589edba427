"""Who may use the pages of mail that is in no order."""

from typing import Any

from django.utils import timezone

from tickets.models import IncomingMail

MAILS = {"tickets:mail", "tickets:mail_raw", "tickets:mail_retry", "tickets:mail_discard"}
STAFF = dict.fromkeys(MAILS | {"tickets:mails"}, "tickets.change_incomingmail")


def arguments() -> dict[str, dict[str, Any]]:
    mail = IncomingMail.objects.create(size=1, fetched_at=timezone.now(), status="unreadable")
    return {name: {"pk": mail.pk} for name in MAILS}
