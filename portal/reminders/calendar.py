"""Calendars as other programs read them (RFC 5545), written by the library icalendar."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import icalendar

ZONE = "America/Sao_Paulo"
_DAILY = timedelta(days=1)
_MORNING = timedelta(hours=9)  # alarms ring at nine, not at midnight when the day begins
_BRASILIA = timedelta(hours=-3)


@dataclass(frozen=True)
class Event:
    """An event of a whole day. ``alarms``: days before it, 0 for the day itself."""

    uid: str
    day: date
    summary: str
    description: str
    url: str
    alarms: tuple[int, ...] = ()


def uid(*parts: str, host: str) -> str:
    """A lasting name for an event, from what makes it the same event."""
    return f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:40]}@{host}"


def calendar(events: Iterable[Event], *, name: str, product: str, at: datetime) -> bytes:
    """The whole calendar as ``text/calendar``, UTF-8."""
    made = icalendar.Calendar()
    made.add("version", "2.0")
    made.add("prodid", f"-//{_plain(product)}//Balcao//PT")
    made.add("calscale", "GREGORIAN")
    made.add("x-wr-calname", icalendar.vText(_plain(name)))
    made.add("x-wr-timezone", ZONE)
    made.add("refresh-interval", _DAILY, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", icalendar.vDuration(_DAILY))
    parts: list[icalendar.Component] = [_event(event, at) for event in events]
    for part in parts or [_zone()]:
        made.add_component(part)
    return bytes(made.to_ical(sorted=False))


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """An appointment with one person. ``uid`` is the same for ever; ``sequence`` rises with each
    change. ``organizer`` and ``attendee``: name and address."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    location: str
    url: str
    organizer: tuple[str, str]
    attendee: tuple[str, str]


def invitation(meeting: Meeting, *, method: str, product: str, at: datetime) -> bytes:
    """A meeting as an invitation (``REQUEST``), its end (``CANCEL``) or a copy to keep (``PUBLISH``).

    Times are UTC: no program needs a table of summer times, old ones of which err about Brazil.
    """
    made = icalendar.Calendar()
    made.add("version", "2.0")
    made.add("prodid", f"-//{_plain(product)}//Balcao//PT")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    made.add_component(_meeting(meeting, method, at))
    return bytes(made.to_ical(sorted=False))


def _meeting(meeting: Meeting, method: str, at: datetime) -> icalendar.Event:
    made = icalendar.Event()
    made.add("uid", meeting.uid)
    made.add("sequence", meeting.sequence)
    made.add("dtstamp", at.astimezone(UTC))
    made.add("dtstart", meeting.starts_at.astimezone(UTC))
    made.add("dtend", meeting.ends_at.astimezone(UTC))
    made.add("summary", _plain(meeting.summary))
    made.add("description", _plain(meeting.description))
    made.add("location", _plain(meeting.location))
    made.add("url", meeting.url)
    made.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    made.add("organizer", _person(*meeting.organizer))
    if method != "PUBLISH":
        guest = _person(*meeting.attendee)
        guest.params.update({"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"})
        made.add("attendee", guest, encode=False)
    if method != "CANCEL":
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _plain(meeting.summary))
        alarm.add("trigger", timedelta(hours=-2))
        made.add_component(alarm)
    return made


def _person(name: str, email: str) -> icalendar.vCalAddress:
    found = icalendar.vCalAddress(f"mailto:{email}")
    found.params["CN"] = icalendar.vText(_plain(name).replace('"', "'"))
    return found


def _event(event: Event, at: datetime) -> icalendar.Event:
    made = icalendar.Event()
    made.add("uid", event.uid)
    made.add("dtstamp", at.astimezone(UTC))
    made.add("dtstart", event.day)
    made.add("dtend", event.day + _DAILY)
    made.add("summary", _plain(event.summary))
    made.add("description", _plain(event.description))
    made.add("url", event.url)
    made.add("transp", "TRANSPARENT")
    for days in event.alarms:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _plain(event.summary))
        alarm.add("trigger", _MORNING - timedelta(days=days))
        made.add_component(alarm)
    return made


def _zone() -> icalendar.Timezone:
    """What an empty calendar holds: it needs one component. Brasília has no summer time."""
    standard = icalendar.TimezoneStandard()
    standard.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - local time, as the norm wants
    standard.add("tzoffsetfrom", _BRASILIA)
    standard.add("tzoffsetto", _BRASILIA)
    standard.add("tzname", "-03")
    made = icalendar.Timezone()
    made.add("tzid", ZONE)
    made.add_component(standard)
    return made


def _plain(text: str) -> str:
    """Without control characters, which RFC 5545 forbids; each line break is one newline."""
    whole = "\n".join(text.splitlines())
    return "".join(c for c in whole if c == "\n" or (c >= " " and c != "\x7f"))
