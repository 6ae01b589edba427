"""The powers that a request may see, by the code in its address."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from portal.accounts.scope import scope_of
from portal.public_codes import clean_code
from proxies.powers.models import Power, PowerQuerySet


def power_for(request: HttpRequest, code: str) -> Power:
    """One of either side's, or of all to staff; 404 for a stranger's."""
    visible = Power.objects.visible_to(scope_of(request).user, at=timezone.now())
    return _found(visible, code)


def granted_for(request: HttpRequest, code: str) -> Power:
    """One that the company of this session gave, a draft too."""
    return _found(Power.objects.granted(scope_of(request).user, at=timezone.now()), code)


def received_for(request: HttpRequest, code: str) -> Power:
    """One that was given to this person."""
    return _found(Power.objects.received(scope_of(request).user), code)


def _found(powers: PowerQuerySet, code: str) -> Power:
    if clean_code(code) != code:
        raise Http404
    return get_object_or_404(powers.select_related("company", "renews"), code=code)
