"""Accesses that serve only clients whose contract with the office has ended."""

from datetime import date

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from portal.accounts.scope import scope_of
from portal.desks import Card
from portal.ui.lists import Column, Figures, list_page
from proxies.models import Proxy, offices_open_to
from proxies.models.offices import SERVICE
from proxies.models.proxies import ProxyQuerySet
from proxies.views.own import ADMINISTER, office_for

COLUMNS = [
    Column("name", gettext_lazy("Name"), ("name", "pk")),
    Column("agency", gettext_lazy("Agency")),
    Column("clients", gettext_lazy("Former clients")),
    Column("status", pgettext_lazy("access", "Status")),
    Column("acts", gettext_lazy("What to do"), spoken=True),
]


@require_safe
def former(request: HttpRequest, office: int) -> HttpResponse:
    """For who administers the office: each is deactivated, destroyed or given another client."""
    place = office_for(request, office, ADMINISTER)
    today = timezone.localdate()
    found = _kept(today).filter(office=place)
    page = list_page(
        request, found.select_related("agency").prefetch_related("clients"),
        title=gettext_lazy("Accesses of former clients"), columns=COLUMNS, order=("name", "pk"),
        figures=Figures(found.count()),
    )  # fmt: skip
    return render(request, "proxies/former.html", {"page": page, "office": place, "today": today})


def card(request: HttpRequest) -> Card | None:
    """To who administers an office: how many accesses it holds for former clients."""
    if request.user.is_staff or not scope_of(request).shows(SERVICE):
        return None
    offices = offices_open_to(scope_of(request).user, level=ADMINISTER)
    counts = (
        _kept(timezone.localdate()).filter(office__in=offices).order_by("office__name")
        .values_list("office", "office__name").annotate(n=Count("pk"))
    )  # fmt: skip
    rows = [{"office": pk, "name": name, "count": n} for pk, name, n in counts]
    return Card(26, "proxies/cards/former.html", {"rows": rows}) if rows else None


def _kept(today: date) -> ProxyQuerySet:
    return Proxy.objects.for_former_clients(today).exclude(status=Proxy.Status.DESTROYED)
