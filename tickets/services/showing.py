"""How entries of the thread are shown: what is read at once, what is folded, which files stand below."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import linebreaks, urlize

from portal.files import sniffing
from portal.outbox.models import Entry as Outgoing
from tickets.mail import html as markup
from tickets.mail import quotes
from tickets.models import Attachment, Entry, Ticket
from tickets.services import prose

# What a browser shows as a picture, and runs nothing of.
PICTURES = {sniffing.PNG, sniffing.JPEG, sniffing.GIF, sniffing.WEBP}
# Of longer texts no links are made: looking for them takes its time.
_LINKED = 50_000


@dataclass(frozen=True)
class Shown:
    """An entry as it is read. ``own`` and ``quoted`` are safe HTML; ``files`` stand below the text."""

    own: str
    quoted: str
    files: list[Attachment]


def shown(entry: Entry, *, pictures: bool = True) -> Shown:
    """What is read at once, and what it quotes of earlier mail: nothing is cut away.

    Pictures of a mail stand where it has them; those that the thread had already are not stored
    again, and leave their alternative text. Without ``pictures`` all of them are files.
    """
    files = list(entry.attachments.all())
    within = {file.content_id: file for file in files if pictures and _is_picture(file)}
    if entry.html:
        used: set[int] = set()

        def address_of(content_id: str) -> str | None:
            if (file := within.get(content_id)) is None:
                return None
            used.add(file.pk)
            return reverse("tickets:attachment", args=[entry.ticket.number, file.pk])

        parts = _parts_of_html(entry, address_of)
        return Shown(parts.own, parts.quoted, [file for file in files if file.pk not in used])
    at = len(entry.text) if entry.quoted_from is None else entry.quoted_from
    return Shown(_as_html(entry.text[:at]), _as_html(entry.text[at:]), files)


def _parts_of_html(entry: Entry, address_of: markup.AddressOf) -> quotes.Parts:
    """Cleaned again at each showing: what an older list of ours let through is not shown now."""
    cleaned = markup.clean(entry.html, address_of)
    if entry.source == Ticket.Source.MAIL:
        return quotes.split_html(cleaned)
    return quotes.Parts(cleaned, "")


def _as_html(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    if len(text) > _LINKED:
        return str(linebreaks(text, autoescape=True))
    return prose.cleaned(str(linebreaks(urlize(text, autoescape=True))))


def _is_picture(file: Attachment) -> bool:
    return bool(file.content_id) and file.inline and file.content_type in PICTURES


def undelivered(ticket: Ticket, entries: Iterable[Entry]) -> dict[int, list[str]]:
    """Of entries whose mail could not be handed over: their key, and to which addresses."""
    found: dict[int, list[str]] = {}
    keys = [f"ticket:{ticket.pk}:entry:{entry.pk}:" for entry in entries]
    failed = Outgoing.objects.filter(
        key__startswith=f"ticket:{ticket.pk}:entry:", status=Outgoing.Status.FAILED
    )
    for key, address in failed.values_list("key", "recipient"):
        if f"{key.rpartition(':')[0]}:" in keys:
            found.setdefault(int(key.split(":")[3]), []).append(address)
    return found
