"""What a request may see of the documents."""

from datetime import datetime

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from invoices.models import Document
from invoices.models.documents import SERVICE
from invoices.services import listing
from portal.accounts.places import Chosen
from portal.accounts.scope import scope_of


def scope_for(request: HttpRequest) -> listing.Scope:
    """What this request's person may choose from, now."""
    scope, now = scope_of(request), timezone.now()
    if scope.user.is_staff:
        return listing.scope_of(scope.user, scope.chosen.company, now, unit=scope.chosen.unit)
    # A client's units are read once for the list and for the top bar.
    places = scope.places_in(SERVICE)
    chosen = scope.chosen.among(places)
    found = listing.scope_among(scope.user, places, chosen, now)
    # A unit that the address names counts more than the place chosen before, if it is theirs.
    asked = request.GET.get("unit", "").strip()
    if asked and listing.find_unit(found, asked) is None:
        return listing.scope_among(scope.user, places, Chosen(), now)
    return found


def fetch(request: HttpRequest, pk: int, at: datetime) -> Document:
    """A document that this person may fetch at this instant; 404 for any other."""
    documents = Document.objects.visible_to(scope_of(request).user, at=at)
    return get_object_or_404(documents.select_related("unit", "unit__company", "type"), pk=pk)
