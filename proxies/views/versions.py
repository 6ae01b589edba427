"""The values that an access had before: when each was set and by whom, and the way to see one."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.ui.lists import Column, list_page
from proxies.services.disclosures import SHOWN_FIELDS
from proxies.services.values import current_values
from proxies.views.own import proxy_for
from proxies.views.reveal import may_see_former

COLUMNS = [
    Column("field", _("Field")),
    Column("version", _("Version"), numeric=True),
    Column("set", _("Set at")),
    Column("by", _("By")),
    Column("see", _("See"), spoken=True),
]


@require_safe
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    proxy = proxy_for(request, pk)
    if not may_see_former(request, proxy):
        raise PermissionDenied
    in_use = [value.pk for value in current_values(proxy).values()]
    former = proxy.values.exclude(pk__in=in_use).select_related("set_by", "certificate")
    page = list_page(
        request, former, title=_("Former values"), columns=COLUMNS,
        order=("field", "-version", "pk"),
    )  # fmt: skip
    context = {"page": page, "proxy": proxy, "shown_fields": SHOWN_FIELDS}
    return render(request, "proxies/versions.html", context)
