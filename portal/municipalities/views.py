"""The names of a state's municipalities, for the list beside the field."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.municipalities.forms import names_of


@login_not_required
@require_safe
@cache_control(public=True, max_age=86400)
def names(request: HttpRequest) -> HttpResponse:
    found = names_of(request.GET.get("state", "")[:2])
    return render(request, "municipalities/_names.html", {"names": found})
