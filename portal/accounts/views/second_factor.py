"""The invitation to a second factor, put away."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from portal.accounts.scope import scope_of
from portal.accounts.services import second_factor


@require_POST
def second_factor_later(request: HttpRequest) -> HttpResponse:
    second_factor.decline(scope_of(request).user, at=timezone.now())
    return redirect("ui:dashboard")
