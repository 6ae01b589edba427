"""How an end that comes is said."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def remaining(days: int, *, is_end: bool = True) -> str:
    """``expires in 23 days``; ``days`` are civil days until the last one, negative afterwards.
    ``look at it in 23 days`` where it may not end: see ``ExpiringItem.is_end``."""
    if not is_end:
        return _look_at_it(days)
    if days == 0:
        return _("expires today")
    if days == 1:
        return _("expires tomorrow")
    if days == -1:
        return _("expired yesterday")
    if days < 0:
        return ngettext("expired %(n)d day ago", "expired %(n)d days ago", -days) % {"n": -days}
    return ngettext("expires in %(n)d day", "expires in %(n)d days", days) % {"n": days}


def _look_at_it(days: int) -> str:
    if days > 0:
        return ngettext("look at it in %(n)d day", "look at it in %(n)d days", days) % {"n": days}
    return _("look at it today") if days == 0 else _("to be looked at")


def day_text(day: date) -> str:
    """``dd/mm/aaaa``."""
    return f"{day:%d/%m/%Y}"


def tone(days: int) -> str:
    """The badge's tone."""
    if days < 0:
        return "bad"
    return "warn" if days <= 15 else "wait"
