"""What is mailed about appointments: with a calendar's invitation, in the time of the place."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.db.models import F
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from orders.models import Appointment
from orders.services import telling
from portal.outbox.services import enqueue_mail
from portal.provider.services import current_provider
from portal.reminders.calendar import Meeting, invitation

BOOKED, MOVED, CANCELLED, MISSED, REMINDER = "booked", "moved", "cancelled", "missed", "reminder"
METHODS = {BOOKED: "REQUEST", MOVED: "REQUEST", CANCELLED: "CANCEL"}
REMINDED = timedelta(hours=24)
_SALT = "orders.appointment.cancel"


def tell(
    appointment: Appointment, what: str, reason: str = "", *, at: datetime, wanted: bool = True
) -> None:
    """Mail what happened to those whom the order names; who is not told sees it on the page."""
    for name, email in _readers(appointment) if wanted and not telling.is_silent() else ():
        method = METHODS.get(what, "")
        others: dict[str, Any] = {}
        if method:
            text = as_calendar(appointment, method, to=(name, email), at=at)
            others = {"invite": text.decode(), "invite_method": method}
        enqueue_mail(
            to=email, template=f"orders/mail/appointment_{what}",
            context=_context(appointment, name, reason),
            key=f"appointment-{what}:{appointment.pk}:{appointment.sequence}:{email.lower()}",
            about=_about(appointment), **others,
        )  # fmt: skip


def remind(*, at: datetime) -> None:
    """Mail those whose appointment begins within a day, once for each time that was chosen.

    Who chose it less than a day ahead was told then.
    """
    soon = Appointment.objects.filter(
        status=Appointment.Status.BOOKED, starts_at__gt=at, starts_at__lte=at + REMINDED,
        set_at__lte=F("starts_at") - REMINDED,
    )  # fmt: skip
    for row in soon.select_related("order", "place", "service").order_by("starts_at", "pk"):
        tell(row, REMINDER, at=at)


def as_calendar(
    appointment: Appointment, method: str, *, to: tuple[str, str], at: datetime
) -> bytes:
    """The appointment as a calendar's event: see ``portal.reminders.calendar.invitation``."""
    provider, order, place = current_provider(), appointment.order, appointment.place
    with translation.override(settings.LANGUAGE_CODE):
        summary = _("Digital certificate: appointment, order %(number)s") % {"number": order.number}
        description = "\n".join(filter(None, [order.product_name, place.directions, place.phone]))
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    meeting = Meeting(
        uid=f"pedido-{order.number}-atendimento-{appointment.pk}@{host}",
        sequence=appointment.sequence, starts_at=appointment.starts_at, ends_at=appointment.ends_at,
        summary=summary, description=description, location=f"{place}, {place.whole_address}",
        url=_address("orders:appointment", order.number),
        organizer=(provider.short_name, settings.DEFAULT_FROM_EMAIL), attendee=to,
    )  # fmt: skip
    return invitation(meeting, method=method, product=provider.short_name, at=at)


def token_of(appointment: Appointment) -> str:
    """For the link that cancels it and does nothing else; ends when the appointment changes."""
    return signing.dumps([appointment.pk, appointment.sequence], salt=_SALT)


def by_token(token: str) -> Appointment | None:
    """The appointment that this link may cancel; None for what is forged, or no longer so."""
    try:
        pk, sequence = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    rows = Appointment.objects.filter(pk=pk, sequence=sequence, status=Appointment.Status.BOOKED)
    return rows.select_related("order", "place", "service").first()


def _readers(appointment: Appointment) -> list[tuple[str, str]]:
    """Name and address of those whom the order names, each address once."""
    order = appointment.order
    people = [
        (order.holder_name, order.holder_email), (order.responsible_name, order.responsible_email)
    ]  # fmt: skip
    found = {email.lower(): (name, email) for name, email in reversed(people) if email}
    return list(found.values())


def _about(appointment: Appointment) -> list[int]:
    order = appointment.order
    return [pk for pk in (order.holder_id, order.responsible_id) if pk]


def _context(appointment: Appointment, name: str, reason: str) -> dict[str, Any]:
    return {
        "name": name, "reason": reason, "appointment": appointment, "order": appointment.order,
        "place": appointment.place, "documents": appointment.order.product.documents,
        "link": _address("orders:appointment", appointment.order.number),
        "cancel": _address("orders:appointment_link", token_of(appointment)),
    }  # fmt: skip


def _address(name: str, *args: object) -> str:
    return str(settings.BASE_URL) + reverse(name, args=args)
