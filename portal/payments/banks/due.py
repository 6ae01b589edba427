"""Due-date factor: the four digits of a bar code that say when a slip is due (FEBRABAN)."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from portal.payments.banks.digits import SlipDataError

_BASE = date(1997, 10, 7)
FIRST_DUE = date(2000, 7, 3)
NO_DUE_DATE = "0000"


def due_factor(due_on: date | None) -> str:
    """Days since 1997-10-07, 9999 on 2025-02-21 and 1000 again the day after. ``None``: 0000.

    Raises SlipDataError for a date before 2000-07-03, the first with a factor of four digits.
    """
    if due_on is None:
        return NO_DUE_DATE
    if due_on < FIRST_DUE:
        raise SlipDataError(
            _("A slip cannot be due before 2000-07-03: %(date)s.") % {"date": due_on.isoformat()}
        )
    return str(1000 + ((due_on - _BASE).days - 1000) % 9000)


def due_date(factor: str, *, on: date) -> date | None:
    """The date that a factor means when it is read on the day ``on``; None for 0000.

    Of the dates with this factor it is the one from 3,000 days before ``on`` to 5,500 days after
    it. Raises SlipDataError when there is none.
    """
    if factor == NO_DUE_DATE:
        return None
    days = int(factor)
    if days >= 1000:
        first = _BASE + timedelta(days=days)
        rounds = ((on - timedelta(days=3000)) - first).days
        candidate = first + timedelta(days=max(0, -(-rounds // 9000)) * 9000)
        if -3000 <= (candidate - on).days <= 5500:
            return candidate
    raise SlipDataError(_("The due-date factor %(factor)s means no date.") % {"factor": factor})
