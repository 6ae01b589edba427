"""What the base template needs."""

from typing import Any

from django.http import HttpRequest

from portal import desks


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The entries of the menu that this request's user may use."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav_client": [], "nav_staff": []}
    items = [item for item in desks.nav_items() if item.visible(request)]
    return {
        "nav_client": [i for i in items if i.section == "client"],
        "nav_staff": [i for i in items if i.section == "staff"],
    }
