"""Which company I am working for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from portal.accounts.access import active_context
from portal.accounts.context import choose, signed_in
from portal.accounts.models import Company
from portal.ui.pages import keyset_page


def context(request: HttpRequest) -> HttpResponse:
    """GET lists the companies, POST chooses one (``company``: its key, empty for all)."""
    companies = Company.objects.visible_to(signed_in(request))
    if request.method == "POST":
        pk = request.POST.get("company", "")
        choose(request, get_object_or_404(companies, pk=int(pk)) if pk.isdecimal() else None)
        return redirect(safe_next(request, request.POST.get("next", "")))
    text = request.GET.get("busca", "").replace("\0", "").strip()
    if text:
        companies = companies.filter(name__icontains=text)
    page = keyset_page(companies, order=("name", "pk"), cursor=request.GET.get("cursor", ""))
    values = {
        "page": page, "text": text, "active": active_context(request),
        "next": safe_next(request, request.GET.get("next", "")),
    }  # fmt: skip
    return render(request, "accounts/context.html", values)


def safe_next(request: HttpRequest, target: str) -> str:
    """``target`` if it stays in this portal, else the dashboard."""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else resolve_url("ui:dashboard")
