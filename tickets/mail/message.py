"""What a mail says, as plain values that cross out of the sandbox."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Defect(StrEnum):
    """What was odd about a mail, or could not be read of it. The bytes that came keep it all."""

    NO_FROM = "no_from"
    SEVERAL_FROM = "several_from"
    UNUSABLE_FROM = "unusable_from"
    NO_DATE = "no_date"
    BAD_DATE = "bad_date"
    NO_MESSAGE_ID = "no_message_id"
    GUESSED_CHARSET = "guessed_charset"
    BAD_CHARACTERS = "bad_characters"  # some are replaced by U+FFFD
    BAD_ENCODING = "bad_encoding"  # a part is not of the transfer encoding that it names
    BROKEN_MULTIPART = "broken_multipart"  # its boundary is missing; shown as text
    TOO_DEEP = "too_deep"  # parts nested deeper are kept as one attachment
    HTML_TOO_HEAVY = "html_too_heavy"  # too long or too deep: only its text is kept
    TOO_MANY_PARTS = "too_many_parts"  # the later ones are not read
    TOO_LARGE = "too_large"  # only its beginning is read
    ONLY_HEADERS = "only_headers"


@dataclass(frozen=True)
class Address:
    """``address`` is as written, "" where there is none; ``is_usable``: mail can be sent to it."""

    address: str = ""
    name: str = ""
    is_usable: bool = False

    @property
    def folded(self) -> str:
        """For comparing: servers do not tell capitals from small letters."""
        return self.address.lower()

    @property
    def domain(self) -> str:
        return self.folded.rpartition("@")[2] if "@" in self.address else ""


@dataclass(frozen=True)
class Attachment:
    """A file of a mail. ``type`` is told by its bytes, ``declared`` is what the mail calls it.

    ``content_id`` is without angle brackets. ``is_inline``: the mail's HTML shows it as a picture.
    ``method``: what the mail says that a calendar is for (RFC 6047), in capitals, or "".
    """

    name: str
    type: str
    declared: str
    content: bytes
    content_id: str
    is_inline: bool
    sha256: str
    method: str = ""


@dataclass(frozen=True)
class Returned:
    """What a report of delivery says of the mail that it is about.

    ``action`` is RFC 3464's (failed, delayed, delivered, relayed, expanded) or "" where no part
    says it; ``failed`` are addresses; ``message_ids`` are the ids that the returned mail may have
    had, the surest first.
    """

    action: str = ""
    status: str = ""
    failed: list[str] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Mail:
    """Ids are without angle brackets. Texts have no NUL and no lone surrogate; line ends are ``\\n``.

    ``key`` is the same for the same mail, whichever mailbox it came through: 64 hexadecimal digits.
    ``text`` is whole, taken from the HTML where there is no plain text; ``html`` is
    cleaned, with the mail's own pictures as ``cid:…`` (see ``tickets.mail.html``). ``date`` is None where the mail has none that makes sense. ``headers`` has
    those that later steps ask for, by lower-case name, the topmost first. ``content_type`` is the
    mail's own, with ``report_type`` for a ``multipart/report``.
    """

    key: str
    message_id: str
    in_reply_to: str
    references: list[str]
    from_: Address
    all_from: list[Address]
    to: list[Address]
    cc: list[Address]
    reply_to: list[Address]
    subject: str
    date: datetime | None
    text: str
    html: str
    attachments: list[Attachment]
    headers: dict[str, list[str]]
    content_type: str
    report_type: str
    returned: Returned | None
    defects: list[Defect]

    def header(self, name: str) -> str:
        """The topmost header of that lower-case name, or ""."""
        return next(iter(self.headers.get(name, [])), "")
