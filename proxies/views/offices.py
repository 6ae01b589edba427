"""The offices of a person, and the menu of one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.accounts.scope import scope_of
from portal.ui.lists import Column, list_page
from proxies.models import Proxy, offices_visible_to
from proxies.services.listing import figures
from proxies.views.own import ADMINISTER, OPERATE, may, office_seen

COLUMNS = [
    Column("name", gettext_lazy("Office"), ("name", "pk")),
    Column("tax_id", gettext_lazy("CNPJ")),
    Column("menu", gettext_lazy("Menu"), spoken=True),
]


@require_safe
def offices(request: HttpRequest) -> HttpResponse:
    """Those whose accesses the person may list; staff with the permission see all of them."""
    found = offices_visible_to(scope_of(request).user)
    page = list_page(request, found, title=_("Offices"), columns=COLUMNS, order=("name", "pk"))
    return render(request, "proxies/offices.html", {"page": page})


@require_safe
def office(request: HttpRequest, office: int) -> HttpResponse:
    """The menu that the eye button opens, and how much time its accesses have left."""
    found = office_seen(request, office)
    proxies = Proxy.objects.filter(office=found)
    context = {
        "office": found, "figures": figures(proxies, timezone.localdate()),
        "count": proxies.exclude(status=Proxy.Status.DESTROYED).count(),
        "may_operate": may(request, found, OPERATE),
        "may_administer": may(request, found, ADMINISTER),
    }  # fmt: skip
    return render(request, "proxies/office.html", context)
