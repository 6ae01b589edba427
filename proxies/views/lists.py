"""The accesses of an office, the same as a file, and the list of staff over all offices."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.sheets.downloads import download
from portal.ui.lists import Column, Export, list_page
from proxies.forms.lists import ProxyFilter
from proxies.models import Proxy
from proxies.models.offices import VIEW
from proxies.models.proxies import TONES
from proxies.services import export
from proxies.views.own import CONSULT, OPERATE, may, office_for, office_seen

ENDING = ("ends_on", "pk")
COLUMNS = [
    Column("sphere", gettext_lazy("Sphere")),
    Column("access", pgettext_lazy("access", "Access")),
    Column("name", gettext_lazy("Name"), ("name", "pk")),
    Column("holder", gettext_lazy("Holder")),
    Column("state", pgettext_lazy("access", "State")),
    Column("ends", gettext_lazy("Expires on"), ENDING),
]
OFFICE = Column("office", gettext_lazy("Office"))


@require_safe
def proxies(request: HttpRequest, office: int) -> HttpResponse:
    """“Certificados” of an office: filter, order and page are in the address."""
    owner, today = office_seen(request, office), timezone.localdate()
    form = ProxyFilter(request.GET, office=owner)
    found = form.apply(Proxy.objects.filter(office=owner), today).select_related("agency")
    page = list_page(
        request, found, title=pgettext("office", "Certificates"), columns=COLUMNS, order=ENDING,
        form=form, prepare=_row_on(today), exports=_exports(request, owner.pk),
    )  # fmt: skip
    context = {"page": page, "office": owner, "may_operate": may(request, owner, OPERATE)}
    return render(request, "proxies/list.html", context)


def _exports(request: HttpRequest, office: int) -> list[Export]:
    if request.user.is_staff:
        return []
    return [
        Export(_("List as CSV"), "proxies:export_csv", "file-earmark-text", args=[office]),
        Export(_("List as XLSX"), "proxies:export", "file-earmark-spreadsheet", args=[office]),
    ]


@require_safe
def export_xlsx(request: HttpRequest, office: int) -> HttpResponseBase:
    return _sheet(request, office, "xlsx")


@require_safe
def export_csv(request: HttpRequest, office: int) -> HttpResponseBase:
    return _sheet(request, office, "csv")


def _sheet(request: HttpRequest, office: int, extension: str) -> HttpResponseBase:
    """The list of the same address as a file, without secrets; what is wrong is said on the list."""
    owner, today = office_for(request, office, CONSULT), timezone.localdate()
    form = ProxyFilter(request.GET, office=owner)
    found = form.apply(Proxy.objects.filter(office=owner), today)
    if form.errors:
        messages.error(request, _("Correct the filter to see the list."))
        return redirect(reverse("proxies:list", args=[owner.pk], query=request.GET))
    if request.method == "GET":
        export.note_export(request, owner, rows=found.count(), extension=extension)
    name = f"procuracoes_{today:%Y-%m-%d}.{extension}"
    rows = export.rows_of(found.order_by(*ENDING), today)
    return download(export.COLUMNS, rows, name=name, title=pgettext("office", "Certificates"))


@staff_required(VIEW)
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Staff see what offices hold, never what opens it."""
    today, form = timezone.localdate(), ProxyFilter(request.GET)
    visible = Proxy.objects.visible_to(scope_of(request).user)
    found = form.apply(visible, today).select_related("agency", "office")
    page = list_page(
        request, found, title=_("Accesses of offices"), columns=[OFFICE, *COLUMNS], order=ENDING,
        form=form, prepare=_row_on(today),
    )  # fmt: skip
    return render(request, "proxies/desk.html", {"page": page})


def _row_on(today: date) -> Any:
    """What a row shows on this civil day."""

    def row(proxy: Proxy) -> dict[str, Any]:
        state = proxy.state(today)
        return {
            "proxy": proxy,
            "state": state.label,
            "tone": TONES[state],
            "url": proxy.get_absolute_url(),
        }

    return row
