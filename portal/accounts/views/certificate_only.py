"""Staff say which companies open only for digital certificates, and from when."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from portal.accounts.forms.certificate_only import CertificateOnlyFilter, CertificateOnlyForm
from portal.accounts.models import Company
from portal.accounts.scope import scope_of
from portal.accounts.services import certificate_only as service
from portal.permissions import staff_required
from portal.requests import key_of
from portal.taxid import format_tax_id
from portal.ui.lists import Column, list_page
from portal.ui.once import Done, once

PERMISSION = "accounts.change_company"
CONFIRM = "confirm"
COLUMNS = [
    Column("company", gettext_lazy("Company"), ("name", "pk")),
    Column("number", gettext_lazy("CNPJ or CPF")),
    Column("from", gettext_lazy("From"), ("certificate_only_from", "pk")),
    Column("status", gettext_lazy("Status")),
]


@staff_required(PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def certificate_only(request: HttpRequest) -> HttpResponse:
    """GET: those that do already, and the form; POST shows what a list would do; confirmed, does it."""
    form = CertificateOnlyForm(
        request.POST or None, request.FILES or None, initial={"numbers": _asked_for(request)}
    )
    if request.method == "POST" and form.is_valid():
        return _preview(request, form.cleaned_data)
    today = timezone.localdate()
    listed = CertificateOnlyFilter(request.GET)
    page = list_page(
        request, listed.companies(today=today), title=_("Certificate only"), columns=COLUMNS,
        order=("name", "pk"), form=listed,
    )  # fmt: skip
    context = {"form": form, "page": page, "today": today}
    return render(request, "accounts/certificate_only.html", context)


def _preview(request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
    """What the list would do; done, if that is just what was confirmed."""
    start, now = values["start"], timezone.now()
    lines = service.preview(values["lines"], start, today=timezone.localdate(now))
    to_do = [line.company for line in lines if line.company and line.is_to_do]
    if CONFIRM in request.POST and to_do and len(to_do) == len(lines):
        by = scope_of(request).user
        count = service.require_certificate(to_do, start, by=by, at=now, request=request)
        text = ngettext("%(n)d company was set.", "%(n)d companies were set.", count)
        text = text % {"n": count} + " " + _("Their people are being told.")
        return Done(request, reverse("accounts:certificate_only"), text)
    if CONFIRM in request.POST:
        messages.warning(request, _("Something changed meanwhile. Look again and confirm."))
    figures = Counter(line.outcome for line in lines)
    context = {
        "lines": lines, "start": start, "to_do": len(to_do),
        "figures": [(outcome, figures[outcome]) for outcome in service.Outcome if figures[outcome]],
        "numbers": "\n".join(company.tax_id for company in to_do),
    }  # fmt: skip
    return render(request, "accounts/certificate_only_preview.html", context)


def _asked_for(request: HttpRequest) -> str:
    """The CNPJs of the companies that were ticked in the administration."""
    keys = [*filter(None, map(key_of, request.GET.get("ids", "").split(",")))]
    rows = Company.objects.filter(pk__in=keys).order_by("name") if keys else []
    return "\n".join(format_tax_id(company.tax_id) for company in rows)
