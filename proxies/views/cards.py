"""The card on the first page: the accesses of a person's offices by the time that is left."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Company
from portal.accounts.scope import scope_of
from portal.desks import Card
from proxies.models import Proxy, offices_open_to
from proxies.models.offices import SERVICE
from proxies.services.listing import figures

SHOWN = 3  # offices


def office_card(request: HttpRequest) -> Card | None:
    """None for staff, and for who has no office. The figures are those of each office's list."""
    if request.user.is_staff or not scope_of(request).shows(SERVICE):
        return None
    offices = list(offices_open_to(scope_of(request).user).order_by("name", "pk")[: SHOWN + 1])
    rows = [_row(office) for office in offices[:SHOWN]]
    more = len(offices) > SHOWN
    return Card(10, "proxies/cards/office.html", {"rows": rows, "more": more}) if rows else None


def _row(office: Company) -> dict[str, Any]:
    counted = figures(Proxy.objects.filter(office=office), timezone.localdate())
    return {
        "office": office, "url": reverse("proxies:list", args=[office.pk]), "figures": counted,
        "waits": any(figure.count for figure in counted),
    }  # fmt: skip
