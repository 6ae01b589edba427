"""What the news add to the first page."""

from django.http import HttpRequest
from django.utils import timezone

from portal import hooks
from portal.news.models import Notice

ON_A_CARD = 3


def register() -> None:
    hooks.dashboard_cards.append(latest)


def latest(request: HttpRequest) -> hooks.Card | None:
    """The latest notices for this person; above all else while one is pinned."""
    visible = Notice.objects.visible_to(request.user, at=timezone.now()).defer("body")
    rows = list(visible[:ON_A_CARD])
    if not rows:
        return None
    order = 5 if rows[0].is_pinned else 90
    return hooks.Card(order, "news/cards/latest.html", {"notices": rows})
