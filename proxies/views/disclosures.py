"""Who saw what in an office, for its administrators; and what somebody saw who has left since."""

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from portal.accounts.models import Company
from portal.accounts.scope import scope_of
from portal.sheets.downloads import download
from portal.ui.lists import Column, list_page
from portal.ui.pages import query_string
from proxies.forms.reveal import DisclosureFilter
from proxies.models import Disclosure
from proxies.models.secrets import DisclosureQuerySet
from proxies.services import disclosure_sheet
from proxies.services.disclosures import left_behind, who_left
from proxies.views.own import ADMINISTER, office_for

COLUMNS = [
    Column("at", gettext_lazy("When")),
    Column("user", gettext_lazy("Who")),
    Column("proxy", pgettext_lazy("access", "Proxy")),
    Column("act", gettext_lazy("What")),
    Column("reason", gettext_lazy("Reason")),
]
LEFT_COLUMNS = [
    Column("proxy", pgettext_lazy("access", "Proxy")),
    Column("people", gettext_lazy("Who knows it and left")),
    Column("change", gettext_lazy("Change it"), spoken=True),
]
NEWEST = ("-at", "-pk")
_FORMATS = (
    ("csv", gettext_lazy("List as CSV"), "file-earmark-text"),
    ("xlsx", gettext_lazy("List as XLSX"), "file-earmark-spreadsheet"),
)


@require_safe
def disclosures(request: HttpRequest, office: int) -> HttpResponse:
    """The list, newest first; of one access by its filter."""
    found = office_for(request, office, ADMINISTER)
    form = DisclosureFilter(request.GET, office=found)
    rows = form.apply(_of(request, found)).select_related("user", "proxy")
    page = list_page(
        request, rows, title=_("Who saw what"), columns=COLUMNS, order=NEWEST, form=form
    )
    page = replace(page, exports=_exports(request, found))
    return render(request, "proxies/disclosures.html", {"page": page, "office": found})


@require_safe
def disclosures_csv(request: HttpRequest, office: int) -> HttpResponseBase:
    return _sheet(request, office, "csv")


@require_safe
def disclosures_xlsx(request: HttpRequest, office: int) -> HttpResponseBase:
    return _sheet(request, office, "xlsx")


@require_safe
def left(request: HttpRequest, office: int) -> HttpResponse:
    """The accesses whose value in use is known to somebody who has left."""
    found, now = office_for(request, office, ADMINISTER), timezone.now()
    rows = left_behind(found, now).select_related("agency")
    page = list_page(
        request, rows, title=_("Seen by someone who left"), columns=LEFT_COLUMNS,
        order=("name", "pk"),
    )  # fmt: skip
    people = who_left(page.rows, now)
    page = replace(page, rows=[(proxy, people[proxy.pk]) for proxy in page.rows])
    return render(request, "proxies/left.html", {"page": page, "office": found})


def _of(request: HttpRequest, office: Company) -> DisclosureQuerySet:
    return Disclosure.objects.visible_to(scope_of(request).user).filter(proxy__office=office)


def _exports(request: HttpRequest, office: Company) -> list[tuple[str, str, str]]:
    query = query_string(request.GET, cursor=None, sort=None)
    return [
        (str(label), reverse(f"proxies:disclosures_{kind}", args=[office.pk]) + query, icon)
        for kind, label, icon in _FORMATS
    ]


def _sheet(request: HttpRequest, office_pk: int, extension: str) -> HttpResponseBase:
    """The list of the same address as a file; what is wrong with it is said on the list."""
    office = office_for(request, office_pk, ADMINISTER)
    form = DisclosureFilter(request.GET, office=office)
    found = form.apply(_of(request, office))
    try:
        if not form.is_valid():
            raise ValidationError([text for texts in form.errors.values() for text in texts])
        count = disclosure_sheet.checked_count(found)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect(reverse("proxies:disclosures", args=[office.pk], query=request.GET))
    if request.method == "GET":
        disclosure_sheet.note_export(request, office, rows=count, extension=extension)
    rows = disclosure_sheet.rows_of(found.order_by(*NEWEST))
    name = f"quem-viu_{timezone.localdate():%Y-%m-%d}.{extension}"
    return download(disclosure_sheet.COLUMNS, rows, name=name, title=_("Who saw what"))
