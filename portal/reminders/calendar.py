"""Calendars as other programs read them (RFC 5545)."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_FOLD = 75  # octets of a line, without its end
_MORNING = 9  # alarms ring at nine, not at midnight when the day begins
# A calendar without events still needs one component. Brasília has had no summer time since 2019.
_ZONE = [
    "BEGIN:VTIMEZONE", "TZID:America/Sao_Paulo", "BEGIN:STANDARD", "DTSTART:19700101T000000",
    "TZOFFSETFROM:-0300", "TZOFFSETTO:-0300", "TZNAME:-03", "END:STANDARD", "END:VTIMEZONE",
]  # fmt: skip


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
    """The whole calendar as ``text/calendar``, UTF-8, lines ended by CRLF and folded."""
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    inner = [line for event in events for line in _event(event, stamp)]
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{_text(product)}//Balcao//PT",
        "CALSCALE:GREGORIAN", f"X-WR-CALNAME:{_text(name)}", "X-WR-TIMEZONE:America/Sao_Paulo",
        "REFRESH-INTERVAL;VALUE=DURATION:P1D", "X-PUBLISHED-TTL:P1D",
        *(inner or _ZONE), "END:VCALENDAR",
    ]  # fmt: skip
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, stamp: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{stamp}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(event.summary)}"
    yield f"DESCRIPTION:{_text(event.description)}"
    yield f"URL:{event.url}"
    yield "TRANSP:TRANSPARENT"
    for days in event.alarms:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(event.summary)}")
        yield from (f"TRIGGER:{trigger(days)}", "END:VALARM")
    yield "END:VEVENT"


def trigger(days: int) -> str:
    """At nine in the morning, ``days`` before the day, as a duration from its midnight."""
    if days == 0:
        return f"PT{_MORNING}H"
    whole = f"{days - 1}D" if days > 1 else ""
    return f"-P{whole}T{24 - _MORNING}H"


def _text(value: str) -> str:
    """A TEXT value: backslash, semicolon, comma and line breaks escaped, other controls dropped."""
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    value = "\\n".join(value.splitlines())
    return "".join(c for c in value if c >= " " and c != "\x7f")


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 octets, no character cut in two."""
    if len(whole := line.encode()) <= _FOLD:
        return whole + b"\r\n"
    pieces: list[bytes] = []
    piece = b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > _FOLD:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
