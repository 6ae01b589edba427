"""How entries of the thread are shown: what is read at once, what is folded, which files stand below."""

from collections.abc import Callable, Iterable
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


def address_of(file: Attachment) -> str | None:
    """Where a page gets this file."""
    return reverse("tickets:attachment", args=[file.entry.ticket.number, file.pk])


def shown(entry: Entry, *, address_of: Callable[[Attachment], str | None] = address_of) -> Shown:
    """What is read at once, and what it quotes of earlier mail: nothing is cut away.

    Pictures of a mail stand where it has them, at the address that ``address_of`` gives, or among
    the files. Those that the thread had already are not stored again, and leave their alternative
    text.
    """
    files = list(entry.attachments.all())
    if entry.html:
        within = {file.content_id: file for file in files if is_picture(file)}
        used: set[int] = set()

        def address(content_id: str) -> str | None:
            file = within.get(content_id)
            found = address_of(file) if file else None
            if file and found:
                used.add(file.pk)
            return found

        parts = _parts_of_html(entry, address)
        return Shown(parts.own, parts.quoted, [file for file in files if file.pk not in used])
    at = len(entry.text) if entry.quoted_from is None else entry.quoted_from
    return Shown(_as_html(entry.text[:at]), _as_html(entry.text[at:]), files)


def _parts_of_html(entry: Entry, address: markup.AddressOf) -> quotes.Parts:
    """Cleaned again at each showing: what an older list of ours let through is not shown now."""
    cleaned = markup.clean(entry.html, address)
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


def is_picture(file: Attachment) -> bool:
    """Whether it is a picture of the text, of a type that may be shown."""
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
