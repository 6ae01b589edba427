"""Mail about appointments: who gets it, the calendar's invitation in it, reminders, the place's time."""

import email
from datetime import UTC, datetime, timedelta
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core import mail
from django.urls import reverse

from orders.models import Appointment
from orders.services import appointments, invites
from orders.services.appointments import By
from portal.outbox.mail import send
from portal.outbox.models import Entry
from tests.factories import Cast
from tests.factories.appointments import make_appointment, make_place, make_service, waiting_order

pytestmark = pytest.mark.django_db
SP, MANAUS = ZoneInfo("America/Sao_Paulo"), ZoneInfo("America/Manaus")
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=SP)
START = datetime(2026, 11, 30, 9, 0, tzinfo=MANAUS)


def book(**values) -> Appointment:
    make_service()
    place = make_place(city="Manaus", state="AM", zone="America/Manaus", **values)
    order = waiting_order(
        holder_name="Çelina Araújo", holder_email="celina@exemplo.com.br",
        responsible_email="Celina@exemplo.com.br", responsible_name="Celina",
    )  # fmt: skip
    return make_appointment(order, place, START, at=NOW, tell=True)


def sent() -> list[Any]:
    """Every mail of the outbox as a mail program gets it."""
    mail.outbox.clear()
    for entry in Entry.objects.filter(kind="mail").order_by("pk"):
        send(entry)
    return [
        email.message_from_bytes(found.message().as_bytes(), policy=default)
        for found in mail.outbox
    ]


def event_of(message: Any) -> tuple[Any, Any]:
    [part] = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    assert part.get_content_disposition() is None
    [attached] = [p for p in message.walk() if p.get_filename() == "invite.ics"]
    body = part.get_payload(decode=True)
    assert attached.get_payload(decode=True).replace(b"\r\n", b"\n") == body.replace(b"\r\n", b"\n")
    found = icalendar.Calendar.from_ical(attached.get_payload(decode=True))
    assert part.get_param("method") == found["method"]
    [event] = found.walk("VEVENT")
    return found, event


def test_the_mail_invites_by_alternative_and_attachment_with_the_method_in_both():
    book()
    [message] = sent()  # both addresses are one
    assert message["To"] == "celina@exemplo.com.br"
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar",
        "application/ics",
    ]  # fmt: skip
    calendar, event = event_of(message)
    assert calendar["method"] == "REQUEST"
    assert (event["status"], event["sequence"]) == ("CONFIRMED", 0)
    assert event["attendee"] == "mailto:celina@exemplo.com.br"
    assert event["attendee"].params["RSVP"] == "TRUE"
    assert event["organizer"].startswith("mailto:")
    assert event["dtstart"].dt == START.astimezone(UTC)
    text = message.get_body(("plain",)).get_content()
    assert "09:00 às 09:30 (horário local: Amazonas)" in text


def test_lines_of_the_invitation_are_folded_at_75_octets_and_end_in_crlf():
    made = book(directions="Entrada pela garagem, subsolo, ao lado do elevador de serviço. " * 3)
    body = invites.as_calendar(made, "REQUEST", to=("Çelina", "c@exemplo.com.br"), at=NOW)
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(b"\n" not in line for line in lines)
    assert b"VTIMEZONE" not in body
    assert b"20261130T130000Z" in body


def test_the_same_event_is_moved_and_cancelled_with_a_rising_sequence():
    made = book()
    by = By(user=None, at=NOW, reason="O posto fechou")
    made = appointments.move_by_staff(made, made.place, START + timedelta(hours=1), by)
    appointments.cancel(made, by)
    events = [event_of(message) for message in sent()]
    assert [str(calendar["method"]) for calendar, _ in events] == ["REQUEST", "REQUEST", "CANCEL"]
    assert len({str(event["uid"]) for _, event in events}) == 1
    assert [event["sequence"] for _, event in events] == [0, 1, 2]
    assert events[2][1]["status"] == "CANCELLED"
    assert events[2][1]["dtstart"].dt == events[1][1]["dtstart"].dt
    assert "O posto fechou" in sent()[2].get_body(("plain",)).get_content()


def test_no_invitation_carries_the_link_that_cancels():
    book()
    [message] = sent()
    _calendar, event = event_of(message)
    assert "agendamento/cancelar/" in message.get_body(("plain",)).get_content()
    assert "agendamento/cancelar/" not in event.to_ical().decode()


def test_who_is_not_told_gets_no_mail():
    made = book()
    appointments.cancel(made, By(user=None, at=NOW, tell=False))
    assert len(sent()) == 1


def test_the_reminder_comes_once_the_day_before_and_again_for_a_new_time():
    made = book()
    eve = made.starts_at - timedelta(hours=23)
    invites.remind(at=made.starts_at - timedelta(hours=25))
    assert len(sent()) == 1
    for _ in range(2):
        invites.remind(at=eve)
    subjects = [message["Subject"] for message in sent()]
    assert len(subjects) == 2
    assert "30/11/2026 às 09:00" in subjects[1]
    made = appointments.move_by_staff(
        made, made.place, START + timedelta(days=2), By(user=None, at=NOW, tell=False)
    )
    invites.remind(at=made.starts_at - timedelta(hours=23))
    assert len(sent()) == 3


def test_who_booked_for_the_same_day_is_not_reminded():
    make_service(lead_hours=0)
    make_appointment(waiting_order(), make_place(), NOW + timedelta(hours=6), at=NOW)
    invites.remind(at=NOW + timedelta(hours=1))
    assert not Entry.objects.exists()


def test_the_download_is_a_copy_without_an_answer_to_give(cast: Cast, client_of):
    make_service()
    order = waiting_order(holder=cast.ana)
    start = (datetime.now(SP) + timedelta(days=3)).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    make_appointment(order, make_place(hours=[[["00:00", "24:00"]]] * 7), start)
    answer = client_of(cast.ana).get(reverse("orders:appointment_ics", args=[order.number]))
    found = icalendar.Calendar.from_ical(answer.content)
    [event] = found.walk("VEVENT")
    assert found["method"] == "PUBLISH"
    assert "attendee" not in event
    assert answer["Content-Type"].startswith("text/calendar")
