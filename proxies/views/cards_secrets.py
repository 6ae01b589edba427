"""The card that tells administrators of an office what somebody saw who has left."""

from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.scope import scope_of
from portal.desks import Card
from proxies.models import offices_open_to
from proxies.models.offices import SERVICE
from proxies.services.disclosures import left_behind
from proxies.views.own import ADMINISTER

SHOWN = 5


def left_card(request: HttpRequest) -> Card | None:
    """Each office that the person administers with such accesses, and how many; None without."""
    if request.user.is_staff or not scope_of(request).shows(SERVICE):
        return None
    now = timezone.now()
    offices = offices_open_to(scope_of(request).user, at=now, level=ADMINISTER)[:SHOWN]
    counts = {office: left_behind(office, now).count() for office in offices}
    rows = [{"office": office, "count": count} for office, count in counts.items() if count]
    return Card(14, "proxies/cards/left.html", {"rows": rows}) if rows else None
