"""A service order as a page to print, and as PDF."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from portal import sandbox
from portal.files.services import open_file
from portal.provider.services import current_provider
from portal.sandbox import Limits
from tickets import paper
from tickets.models import Attachment, Entry, Ticket
from tickets.services import clients, showing

# What a PDF may hold; whatever is longer is printed from its page, by the reader's own browser.
MOST_CHARACTERS = 250_000
MOST_PICTURES = 20
_PICTURE_BYTES = 4 * 1024**2
_PICTURES_TOGETHER = 16 * 1024**2
LIMITS = Limits(memory=600 * 1024**2, cpu_seconds=20, wall_seconds=60, wait_seconds=20)


class TooLong(Exception):
    """There is too much in the order for a PDF."""


@dataclass(frozen=True)
class Line:
    """An entry on paper."""

    entry: Entry
    own: str
    quoted: str
    files: Sequence[Attachment]


@dataclass(frozen=True)
class Paper:
    """What is printed of an order. ``facts``: label and text."""

    ticket: Ticket
    facts: list[tuple[str, str]]
    lines: list[Line]


def entries_of(ticket: Ticket, *, notes: bool, held: bool) -> list[Entry]:
    """What may be read: internal notes and held answers are for agents only."""
    entries = ticket.entries.prefetch_related("attachments")
    if not notes:
        entries = entries.exclude(kind=Entry.Kind.NOTE)
    return list(entries if held else entries.exclude(held=True))


def paper_of(
    ticket: Ticket, entries: Iterable[Entry], *, for_agents: bool, address_of: Any = None
) -> Paper:
    """The order and these entries, with quotes in full. ``address_of``: see ``showing.shown``."""
    lines = []
    for entry in entries:
        found = showing.shown(entry, address_of=address_of or showing.address_of)
        lines.append(Line(entry, found.own, found.quoted, found.files))
    return Paper(ticket, facts_of(ticket, for_agents=for_agents), lines)


def facts_of(ticket: Ticket, *, for_agents: bool) -> list[tuple[str, str]]:
    """What the head of the paper says; empty values are left out."""
    phone = ticket.phone
    if phone and ticket.phone_extension:
        phone += f" · {_('extension')} {ticket.phone_extension}"
    status = ticket.get_status_display() if for_agents else ticket.client_status.label
    facts: list[tuple[str, Any]] = [
        (_("Status of the order"), status), (_("Department"), ticket.department),
        (_("Created on"), _instant(ticket.created_at)), (_("Name"), ticket.name),
        (_("E-mail"), ticket.email), (_("Phone"), phone),
        (_("Unit"), ticket.unit) if ticket.unit else (_("Company"), ticket.company),
        *clients.shown_fields(ticket, for_agents=for_agents),
    ]  # fmt: skip
    if for_agents:
        facts += [
            (_("Assigned to"), ticket.assigned_to), (_("Priority"), ticket.get_priority_display()),
            (_("Source"), ticket.get_source_display()),
        ]  # fmt: skip
    if ticket.closed_at:
        facts += [(_("Closed at"), _instant(ticket.closed_at)), (_("Reason"), ticket.close_reason)]
    return [(str(label), str(value)) for label, value in facts if value]


def pdf_of(ticket: Ticket, entries: Sequence[Entry], *, for_agents: bool) -> bytes:
    """The PDF, made in the sandbox. Raises TooLong, and ``sandbox.Busy``: try again."""
    chosen = _pictures(entries)
    printed = paper_of(
        ticket, entries, for_agents=for_agents,
        address_of=lambda file: f"picture/{file.pk}" if file.pk in chosen else None,
    )  # fmt: skip
    provider = current_provider()
    html = render_to_string(
        "tickets/print/order.html",
        {"paper": printed, "ticket": ticket, "provider": provider, "now": timezone.now()},
    ).strip()
    if len(html) > MOST_CHARACTERS:
        raise TooLong
    pictures = [(pk, _bytes_of(file)) for pk, file in chosen.items()]
    try:
        return sandbox.run(paper.press, html, pictures, provider.accent_colour, limits=LIMITS)
    except sandbox.Busy:
        raise
    except sandbox.NotExamined as error:
        raise TooLong from error


def _pictures(entries: Iterable[Entry]) -> dict[int, Attachment]:
    """The first pictures that stand in texts, within what a PDF may hold."""
    found: dict[int, Attachment] = {}
    left = _PICTURES_TOGETHER
    for entry in entries:
        for file in entry.attachments.all():
            fits = file.size <= min(left, _PICTURE_BYTES) and len(found) < MOST_PICTURES
            if fits and showing.is_picture(file):
                found[file.pk] = file
                left -= file.size
    return found


def _bytes_of(file: Attachment) -> bytes:
    """Empty for a file that the store has lost."""
    try:
        with open_file(file.file_key) as stream:
            return stream.read()
    except FileNotFoundError:
        return b""


def _instant(at: Any) -> str:
    return formats.date_format(timezone.localtime(at), "d/m/Y H:i")
