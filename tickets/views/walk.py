"""Walking through a queue order by order: the one from which the page was opened."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone

from portal.accounts.scope import scope_of
from portal.ui.lists import orders_of
from portal.ui.pages import neighbour
from tickets.forms.queue import QueueFilter
from tickets.models import Ticket
from tickets.services import queues
from tickets.views.queue import COLUMNS, UNFINISHED_COLUMNS

FROM = "from"  # holds the address of the queue, without its path
_LONGEST = 1000


@dataclass(frozen=True, kw_only=True)
class Walk:
    """``suffix``: what addresses of this order carry on. ``queue``: where the walk began."""

    suffix: str
    queue: str
    next: Ticket | None
    previous: Ticket | None

    @property
    def next_url(self) -> str:
        """The next order, or the queue where this was the last."""
        return f"{self.next.desk_url}{self.suffix}" if self.next else self.queue


def suffix_of(request: HttpRequest) -> str:
    """Empty where the order was not opened from a queue."""
    asked = request.GET.get(FROM)
    return "" if asked is None else f"?{urlencode({FROM: asked[:_LONGEST]})}"


def queue_of(request: HttpRequest) -> str:
    """The queue from which the order was opened, else the agent's first."""
    asked = request.GET.get(FROM, "")[:_LONGEST]
    return reverse("tickets:queue") + (f"?{asked}" if asked else "")


def walk_of(request: HttpRequest, ticket: Ticket) -> Walk:
    """What stands before and after this order in the queue; nothing where there is none."""
    suffix, queue = suffix_of(request), queue_of(request)
    if not suffix:
        return Walk(suffix="", queue=queue, next=None, previous=None)
    asked, now = QueryDict(request.GET[FROM][:_LONGEST]), timezone.now()
    user = scope_of(request).user
    form = QueueFilter(asked, agent=queues.agent_of(user))
    found = form.apply(Ticket.objects.visible_to(user, at=now), at=now)
    columns = COLUMNS if form.queue_name == queues.ALL else UNFINISHED_COLUMNS
    order = orders_of(columns).get(asked.get("sort", ""), queues.order_of(form.queue_name))
    if any(getattr(ticket, name.lstrip("-")) is None for name in order):
        following, before = found.order_by(*order).first(), None
    else:
        following = neighbour(found, ticket, order=order)
        before = neighbour(found, ticket, order=order, backwards=True)
    return Walk(suffix=suffix, queue=queue, next=following, previous=before)
