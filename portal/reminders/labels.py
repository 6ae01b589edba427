"""How an end that comes is said."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def remaining(days: int) -> str:
    """``expires in 23 days``; ``days`` are civil days until the last one, negative afterwards."""
    if days == 0:
        return _("expires today")
    if days == 1:
        return _("expires tomorrow")
    if days == -1:
        return _("expired yesterday")
    if days < 0:
        return ngettext("expired %(n)d day ago", "expired %(n)d days ago", -days) % {"n": -days}
    return ngettext("expires in %(n)d day", "expires in %(n)d days", days) % {"n": days}


def day_text(day: date) -> str:
    """``dd/mm/aaaa``."""
    return f"{day:%d/%m/%Y}"


def tone(days: int) -> str:
    """The badge's tone."""
    if days < 0:
        return "bad"
    return "warn" if days <= 15 else "wait"
