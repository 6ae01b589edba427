"""Which company, unit or inscrição I am working for."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url

from portal.accounts.models import Unit, UnitQuerySet
from portal.accounts.places import FIELDS
from portal.accounts.scope import scope_of
from portal.accounts.switcher import choose
from portal.requests import key_of, own_address
from portal.taxid import normalise
from portal.ui.pages import KeysetPage, keyset_page

ORDER = ("company__name", "code")
_ROOT = 8  # characters of a CNPJ that all establishments of a company share


def context(request: HttpRequest) -> HttpResponse:
    """GET lists what may be chosen, POST chooses (``unit`` or ``company``: a key, none for all)."""
    if request.method == "POST":
        _choose(request)
        return redirect(_next(request, request.POST.get("next", "")))
    text = request.GET.get("busca", "").replace("\0", "").strip()
    scope = scope_of(request)
    rows = _matching(scope.units(), text).values_list(*FIELDS, named=True)
    page: KeysetPage[Any] = keyset_page(rows, order=ORDER, cursor=request.GET.get("cursor", ""))
    values = {
        "page": page, "text": text, "active": scope.chosen,
        "opening": scope.opening, "nothing": not page.rows and not text,
        "next": _next(request, request.GET.get("next", "")),
    }  # fmt: skip
    return render(request, "accounts/context.html", values)


def _choose(request: HttpRequest) -> None:
    sent = {name: request.POST.get(name, "") for name in ("company", "unit")}
    keys = {name: key_of(typed) for name, typed in sent.items() if typed}
    if None in keys.values():
        raise Http404
    try:
        choose(request, **keys)
    except Unit.DoesNotExist:
        raise Http404 from None


def _matching(units: UnitQuerySet, text: str) -> UnitQuerySet:
    """Those whose code, name, company, CNPJ or inscrição is what was typed, or a part of it."""
    if not text:
        return units
    found = (
        Q(code__icontains=text) | Q(name__icontains=text) | Q(company__name__icontains=text)
        | Q(state_registration__icontains=text)
    )  # fmt: skip
    number = normalise(text)
    if len(number) >= _ROOT:
        found |= Q(cnpj__startswith=number) | Q(cnpj="", company__tax_id__startswith=number)
    if number.isdecimal():
        found |= Q(state_registration=number)
    return units.filter(found)


def _next(request: HttpRequest, url: str) -> str:
    return own_address(request, url) or resolve_url("ui:dashboard")
