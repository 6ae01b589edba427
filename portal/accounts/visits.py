"""Guest visits: what a redeemed link opens, without an account.

A desk that lets guests in

- mails a link to a participant (``portal.accounts.services.guests``);
- marks the views of the object with ``portal.accounts.decorators.guests_welcome``, which hands
  them the visit, or None for who is signed in;
- starts them, as ever, from ``visible_to(user, at=…, visit=visit)``. With a visit that queryset
  holds the object of the visit at most, while its address still belongs to a participant::

      if visit is not None:
          return self.filter(pk__in=visit.keys(self.model), participants__email=visit.email)
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

KEY = "visit"  # of the session
LENGTH = timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One participant at one object until an instant. It opens nothing else."""

    email: str
    name: str
    model: str
    object_pk: str
    until: datetime

    def keys(self, model: type[Model]) -> list[str]:
        """The key of the object visited, if it is of this model; for ``filter(pk__in=…)``."""
        return [self.object_pk] if model._meta.label_lower == self.model else []

    def as_json(self) -> dict[str, str]:
        """What the session keeps."""
        return {**asdict(self), "until": self.until.isoformat()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Visit":
        return cls(**{**data, "until": datetime.fromisoformat(data["until"])})


def kept_visit(request: HttpRequest) -> Visit | None:
    """The visit that the session began, over or not; None for who is signed in."""
    data = None if request.user.is_authenticated else request.session.get(KEY)
    return Visit.from_json(data) if data else None


def visit_of(request: HttpRequest) -> Visit | None:
    """The visit of this session while it lasts."""
    visit = kept_visit(request)
    return visit if visit and visit.until > timezone.now() else None


def begin_visit(request: HttpRequest, visit: Visit) -> None:
    """Remember the visit in a session with a new key. Nobody is signed in by it."""
    request.session.cycle_key()
    request.session[KEY] = visit.as_json()
    rotate_token(request)
