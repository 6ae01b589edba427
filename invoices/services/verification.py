"""What a stranger may learn of a document: that it exists, who signed it, what became of it.

Never its content: no amount, no client, no unit, and of its number only the end.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from django.core.exceptions import ValidationError

from certificates.signatures.verification import (
    Integrity,
    SignatureReport,
    ask_about,
    verify_detached,
    verify_pdf,
)
from invoices.models import Document, DocumentType, Tombstone


class State(StrEnum):
    """What became of a document of ours."""

    VALID = "valid"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


@dataclass(frozen=True)
class KnownDocument:
    """The public part of a document or of its tombstone; ``signed_at`` of old ones is not known."""

    state: State
    kind: str
    type_name: str
    period: date
    number: str
    signed_by: str
    signed_at: datetime | None
    sha256: str
    code: str
    is_demo: bool
    available_until: date
    removed: bool


@dataclass(frozen=True)
class Upload:
    """What was found out about a file that somebody sent."""

    name: str
    sha256: str
    is_pdf: bool
    document: KnownDocument | None
    signatures: list[SignatureReport] = field(default_factory=list)

    @property
    def was_changed(self) -> bool:
        """Whether that is proven."""
        return any(s.integrity == Integrity.ALTERED for s in self.signatures)

    @property
    def is_unknown(self) -> bool:
        """Whether a signature could not be examined."""
        return any(s.integrity == Integrity.UNKNOWN for s in self.signatures)

    @property
    def was_revoked(self) -> bool:
        return any(s.was_revoked for s in self.signatures)

    @property
    def was_revoked_since(self) -> bool:
        return any(s.is_revoked_since for s in self.signatures)

    @property
    def is_trusted(self) -> bool:
        return bool(self.signatures) and all(s.is_good for s in self.signatures)


def mask_number(number: str) -> str:
    """The last four characters: enough to compare with the paper in hand."""
    return number if len(number) <= 4 else "•••" + number[-4:]


def by_code(code: str, *, at: datetime) -> KnownDocument | None:
    """The document with this verification code, gone or not."""
    return _find("verification_code", code, at=at)


def by_digest(digest: str, *, at: datetime) -> KnownDocument | None:
    """The document whose bytes have this SHA-256, gone or not."""
    return _find("sha256", digest, at=at)


def _find(name: str, value: str, *, at: datetime) -> KnownDocument | None:
    # The same bytes may have been published twice: the one that is valid speaks for them.
    documents = Document.objects.filter(**{name: value}).select_related("type").order_by("-pk")
    found = sorted(documents[:50], key=lambda d: d.status != Document.Status.PUBLISHED)
    if found:
        return _of_document(found[0], at=at)
    tombstone = Tombstone.objects.filter(**{name: value}).order_by("-pk").first()
    return _of_tombstone(tombstone) if tombstone else None


_STATES = {
    Document.Status.PUBLISHED: State.VALID,
    Document.Status.REPLACED: State.REPLACED,
    Document.Status.WITHDRAWN: State.WITHDRAWN,
}


def _of_document(document: Document, *, at: datetime) -> KnownDocument:
    ended = not document.is_fetchable(at)
    state = _STATES[Document.Status(document.status)]
    return KnownDocument(
        state=State.ENDED if ended and state == State.VALID else state,
        kind=document.type.get_kind_display(),
        type_name=document.type.name,
        period=document.period,
        number=mask_number(document.number),
        signed_by=document.signed_by,
        signed_at=document.signed_at,
        sha256=document.sha256,
        code=document.verification_code,
        is_demo=document.signed_by_demo,
        available_until=document.available_until,
        removed=ended,
    )


def _of_tombstone(tombstone: Tombstone) -> KnownDocument:
    return KnownDocument(
        state=_STATES[Document.Status(tombstone.status)]
        if tombstone.status != Document.Status.PUBLISHED
        else State.ENDED,
        kind=str(DocumentType.Kind(tombstone.kind).label),
        type_name=tombstone.type_name,
        period=tombstone.period,
        number=mask_number(tombstone.number),
        signed_by=tombstone.signed_by,
        signed_at=tombstone.signed_at,
        sha256=tombstone.sha256,
        code=tombstone.verification_code,
        is_demo=bool(tombstone.signed_by_demo),
        available_until=tombstone.available_until,
        removed=True,
    )


def examine(data: bytes, *, name: str, is_pdf: bool, p7s: bytes | None, at: datetime) -> Upload:
    """Compare a file with all that was published here, and check its signatures.

    Raises ValidationError for a PDF or a ``.p7s`` that cannot be examined. A file that we know
    byte by byte needs no further examination to be called ours. Where a signer's authority was
    not asked yet about revocation, that is begun.
    """
    digest = sha256(data).hexdigest()
    document = by_digest(digest, at=at)
    signatures: list[SignatureReport] = []
    try:
        if p7s is not None:
            signatures = verify_detached(data, p7s)
        elif is_pdf:
            signatures = verify_pdf(data, from_stranger=True)
    except ValidationError:
        if document is None or p7s is not None:
            raise
    ask_about(signatures)
    return Upload(name, digest, is_pdf, document, signatures)
