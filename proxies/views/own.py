"""Finding an office or an access that the person may see, and may do something with.

What the person may not see does not exist (404); what is seen, but not for them to do, is
refused (403).
"""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from portal.accounts.models import Company, Grant
from portal.accounts.scope import scope_of
from proxies.models import Proxy, offices_open_to, offices_visible_to

CONSULT, OPERATE, ADMINISTER = Grant.Level.CONSULT, Grant.Level.OPERATE, Grant.Level.ADMINISTER


def office_seen(request: HttpRequest, pk: int) -> Company:
    return get_object_or_404(offices_visible_to(scope_of(request).user), pk=pk)


def office_for(request: HttpRequest, pk: int, level: str) -> Company:
    """An office in which the person has this level."""
    office = office_seen(request, pk)
    if not may(request, office, level):
        raise PermissionDenied
    return office


def proxy_seen(request: HttpRequest, pk: int) -> Proxy:
    found = Proxy.objects.visible_to(scope_of(request).user)
    return get_object_or_404(found.select_related("office", "agency"), pk=pk)


def proxy_for(request: HttpRequest, pk: int, level: str = OPERATE) -> Proxy:
    """An access of an office in which the person has this level."""
    proxy = proxy_seen(request, pk)
    if not may(request, proxy.office, level):
        raise PermissionDenied
    return proxy


def may(request: HttpRequest, office: Company, level: str) -> bool:
    """Whether the person has this level in the office: never staff."""
    return offices_open_to(scope_of(request).user, level=level).filter(pk=office.pk).exists()
