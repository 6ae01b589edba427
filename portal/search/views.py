"""The page of the search box: what every desk finds."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.search.services import LONGEST, SHORTEST, find_everywhere, tidied


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """What was typed is neither logged nor audited: it may be a CPF."""
    scope, text = scope_of(request), tidied(request.GET.get("q", ""))
    is_asked = len(text) >= SHORTEST
    if is_asked and limited(request, "search", f"user:{scope.user.pk}"):
        return too_many(request, "search")
    groups = find_everywhere(scope, text) if is_asked else []
    context = {
        "query": text, "groups": groups, "is_asked": is_asked, "shortest": SHORTEST, "longest": LONGEST,
    }  # fmt: skip
    return render(request, "search/results.html", context)
