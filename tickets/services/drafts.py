"""What an agent has begun to write about an order: kept as they type, until it is sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.accounts.models import User
from tickets.models import Draft, Entry, Ticket
from tickets.services import prose

ANSWERING = timedelta(seconds=30)  # since a draft was saved
_KIND = {False: Entry.Kind.AGENT, True: Entry.Kind.NOTE}


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in a form: as plain text, and as the editor gives it. ``seen``: key of the last
    entry on the page."""

    message: str
    html: str
    seen: int
    is_note: bool = False


def save(ticket: Ticket, user: User, typed: Typed, *, at: datetime) -> bool:
    """Keep it; nothing typed removes what was kept. False for what was sent meanwhile, which is
    not kept again."""
    drafts = Draft.objects.filter(ticket=ticket, user=user, is_note=typed.is_note)
    sent = Entry.objects.filter(
        ticket=ticket, user=user, kind=_KIND[typed.is_note], pk__gt=typed.seen
    )
    text, html = prose.said_in(typed.message, typed.html)
    if sent.exists() or not text:
        drafts.delete()
        return False
    Draft.objects.update_or_create(
        ticket=ticket, user=user, is_note=typed.is_note,
        defaults={"html": html or prose.as_html(text), "seen_entry": typed.seen, "saved_at": at},
    )  # fmt: skip
    return True


def answering(ticket: Ticket, *, at: datetime) -> set[int]:
    """Keys of the agents who write an answer at this moment."""
    recent = Draft.objects.filter(ticket=ticket, is_note=False, saved_at__gt=at - ANSWERING)
    return set(recent.values_list("user", flat=True))
