"""What the base template needs."""

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from portal import desks


class NavEntry(NamedTuple):
    """An entry of the main menu as a page shows it."""

    url: str
    label: desks.Label
    icon: str
    is_current: bool


def sprite() -> str:
    """The address of the icons."""
    return static("icons.svg")


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The entries of the menu that this request's user may use: clients' pages, and staff's."""
    user = getattr(request, "user", None)
    entries: dict[str, Any] = {"nav_client": [], "nav_staff": [], "sprite": sprite()}
    if user is not None and user.is_authenticated:
        for item in desks.nav_items():
            if item.visible(request):
                entries[f"nav_{item.section}"].append(_entry(request, item))
    return entries


def _entry(request: HttpRequest, item: desks.NavItem) -> NavEntry:
    url = reverse(item.url_name)
    count = item.count(request) if item.count else None
    label = item.label if count is None else f"{item.label} ({count})"
    return NavEntry(url, label, item.icon, url == request.path)
