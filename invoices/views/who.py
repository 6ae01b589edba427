"""The person behind a request, for views that are only reached signed in."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from invoices.models import Document
from invoices.services.listing import Scope, scope_among, scope_of
from portal.accounts.access import active_context
from portal.accounts.models import User
from portal.accounts.places import places_of


def signed_in(request: HttpRequest) -> User:
    """The user, as our own type. LoginRequiredMiddleware has turned everyone else away."""
    user: Any = request.user
    if not user.is_authenticated:
        raise PermissionDenied
    # Services get the row itself, not the request's lazy stand-in.
    person: User = getattr(user, "_wrapped", user)
    return person


def scope_for(request: HttpRequest) -> Scope:
    """What this request's person may choose from, now."""
    user, now = signed_in(request), timezone.now()
    if user.is_staff:
        context = active_context(request)
        return scope_of(user, context.company, now, unit=context.unit)
    # A client's units are read once for the list and for the top bar.
    places = places_of(request)
    return scope_among(user, places, active_context(request), now)


def fetch(request: HttpRequest, pk: int, at: datetime) -> Document:
    """A document that this person may fetch at this instant; 404 for any other."""
    documents = Document.objects.visible_to(signed_in(request), at=at)
    return get_object_or_404(documents.select_related("unit", "unit__company", "type"), pk=pk)
