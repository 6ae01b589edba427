"""Files as they are handed in: which layout each has, and what it holds. Runs in the sandbox."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from orders.nfse import abrasf, national
from orders.nfse.content import ReadEvent, ReadFile, ReadNote
from orders.nfse.xml import local, parse

MAX_NOTES = 500  # in one file


def read_files(contents: list[bytes]) -> list[ReadFile]:
    """What each file holds; one that cannot be read says why and spoils no other."""
    return [_read(data) for data in contents]


def _read(data: bytes) -> ReadFile:
    try:
        notes, events = read(data)
    except ValidationError as error:
        return ReadFile(notes=[], events=[], error=" ".join(error.messages))
    return ReadFile(notes=notes, events=events)


def read(data: bytes) -> tuple[list[ReadNote], list[ReadEvent]]:
    """The notes and events of one file. Raises ValidationError."""
    root = parse(data)
    name = local(root)
    if name == "NFSe":
        return [national.read_note(root, data)], []
    if name == "evento":
        return [], [national.read_event(root, data)]
    if name == "pedRegEvento":
        raise ValidationError(
            _("This is the request for an event, not the event as it was registered."), code="kind"
        )
    if name == "DPS":
        raise ValidationError(
            _("This is a DPS, from which a note is made; the note itself is wanted."), code="kind"
        )
    parts = abrasf.notes_in(root)
    if not parts:
        raise ValidationError(
            _("This XML is no fiscal note of services that the portal knows."), code="kind"
        )
    if len(parts) > MAX_NOTES:
        raise ValidationError(
            _("There are more than %(limit)s notes in this file."), code="too_many",
            params={"limit": MAX_NOTES},
        )  # fmt: skip
    found = [abrasf.read(root, part, data if len(parts) == 1 else b"") for part in parts]
    return [note for note, _events in found], [event for _note, those in found for event in those]
