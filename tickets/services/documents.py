"""Orders that come of a document elsewhere in the portal: it was contested, or asked about."""

import uuid
from datetime import datetime

from django.utils import timezone

from portal import hooks
from portal.accounts.models import Unit, User
from tickets.models import Entry, Ticket, Topic
from tickets.services.opening import NewTicket, Person, open_ticket
from tickets.services.thread import AlreadySaid, Said


def take_up_contested(event: hooks.DocumentContested) -> bool:
    """Open the order of a contestation, once for each document; False where no topic is for it."""
    return _open(
        Topic.Event.CONTESTED, event.document, event.user_pk, event.reason,
        key=f"contested:{event.document.key}", at=timezone.now(),
    )  # fmt: skip


def take_up_question(event: hooks.DocumentAsked) -> bool:
    """Open the order of a question; False where no topic is for it."""
    return _open(
        Topic.Event.QUESTION, event.document, event.user_pk, event.question,
        key=f"asked:{uuid.uuid4()}", at=timezone.now(),
    )  # fmt: skip


def _open(
    event: Topic.Event, about: hooks.About, user_pk: int, text: str, *, key: str, at: datetime
) -> bool:
    """Whether an order stands for it now. Somebody without an e-mail, and staff, are answered as
    before."""
    found = Topic.objects.filter(event=event, is_active=True, department__is_active=True)
    topic = found.select_related("department__desk").first()
    user = User.objects.filter(pk=user_pk, is_staff=False).first()
    if topic is None or user is None or not user.email:
        return False
    unit = Unit.objects.select_related("company").get(pk=about.unit_pk)
    new = NewTicket(
        source=Ticket.Source.PORTAL, department=topic.department, topic=topic,
        subject=f"{topic.name}: {about.title}", unit=unit, company=unit.company,
        about=about.key, about_url=about.url,
        person=Person(
            name=user.name, email=user.email, phone=user.phone,
            phone_extension=user.phone_extension, user=user,
        ),
        said=Said(
            kind=Entry.Kind.CLIENT, text=text, author=user.name, user=user,
            source=Ticket.Source.PORTAL, key=key,
        ),
    )  # fmt: skip
    try:
        open_ticket(new, at=at)
    except AlreadySaid:
        return True
    return True
