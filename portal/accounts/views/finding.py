"""What a picker offers while one types: the first matches, as options of a list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.finding import KINDS
from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.permissions import staff_required


@require_safe
def find_company(request: HttpRequest) -> HttpResponse:
    return _matches(request, "company")


@require_safe
def find_unit(request: HttpRequest) -> HttpResponse:
    return _matches(request, "unit")


@require_safe
@staff_required("accounts.view_user")
def find_person(request: HttpRequest) -> HttpResponse:
    return _matches(request, "person")


def _matches(request: HttpRequest, kind: str) -> HttpResponse:
    user = scope_of(request).user
    if limited(request, "find", f"user:{user.pk}"):
        return too_many(request, "find")
    found = KINDS[kind].find(user, request.GET.get("q", ""))
    return render(request, "accounts/_matches.html", {"matches": found})
