"""The first steps of a new operator: what each desk needs before it can work, and what is next."""

from dataclasses import dataclass
from operator import attrgetter

from django.http import HttpRequest
from django.urls import reverse

from portal import desks


@dataclass(frozen=True)
class ShownStep:
    """A step as the page shows it; ``url`` is empty for who may not take it."""

    step: desks.FirstStep
    is_done: bool
    is_next: bool
    url: str


def steps_for(request: HttpRequest) -> list[ShownStep]:
    """Every step of every desk, in order; the first that is not done is the next."""
    shown: list[ShownStep] = []
    for step in sorted(desks.gather("first_steps"), key=attrgetter("order")):
        is_done = step.is_done()
        is_next = not is_done and not any(row.is_next for row in shown)
        may = request.user.has_perm(step.permission)
        url = reverse(step.url_name) if may else ""
        shown.append(ShownStep(step=step, is_done=is_done, is_next=is_next, url=url))
    return shown


def steps_left() -> bool:
    """Whether a step of some desk is not done."""
    return any(not step.is_done() for step in desks.gather("first_steps"))
