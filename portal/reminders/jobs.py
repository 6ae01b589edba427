"""Jobs that mail the reminders of a day; a row in the outbox each."""

from datetime import date

from portal.outbox.registry import job
from portal.reminders.services import daily


@job("reminders.tell", attempts=5, atomic=True)
def tell(*, user: int, day: str) -> None:
    """Mail one person their reminders of ``day`` (ISO 8601)."""
    daily.mail_person(user, on=date.fromisoformat(day))


@job("reminders.digest", attempts=5, atomic=True)
def digest(*, day: str) -> None:
    """Mail the staff the digest of ``day`` (ISO 8601)."""
    daily.mail_digests(on=date.fromisoformat(day))
