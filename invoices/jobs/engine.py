"""Signing and publishing: what the single page, the drafts and the batches have in common.

A document is signed and stored first, outside any transaction (``prepare``). One transaction then
replaces the older version, makes the rows and claims the files (``commit``). Whoever dies in
between leaves only files that nobody claimed, which the sweep removes.
"""

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.signatures.signing import Signer, Stamp, sign_detached, sign_pdf
from invoices.models import Document, DocumentEvent, DocumentType
from invoices.models.documents import new_code, retention_end
from portal.accounts.models import Unit, User
from portal.audit.services import NewEvent, record_many
from portal.files.checks import check_pdf, check_upload
from portal.files.services import claim, delete, safe_name, store
from portal.provider.services import current_provider
from portal.transitions import advance

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
ALLOWED = {PDF, XLSX, CSV}
DOCUMENTS, SIGNATURES, STAGED = "invoices/documents", "invoices/signatures", "invoices/staged"

Identity = tuple[int, int, date, str]


@dataclass(frozen=True)
class Wanted:
    """What somebody asks to be published: one unit's document of a type, period and number."""

    unit: Unit
    type: DocumentType
    period: date
    number: str
    amount_cents: int | None
    due_date: date | None
    file_name: str
    source_sha256: str

    @property
    def identity(self) -> Identity:
        return (self.unit.pk, self.type.pk, self.period, self.number)


@dataclass(frozen=True)
class Prepared:
    """A signed document in the store, not yet claimed by any row."""

    key: str
    signature_key: str
    sha256: str
    size: int
    content_type: str
    signature: str
    code: str
    signed_by: str
    signed_at: datetime
    by_demo: bool

    @property
    def keys(self) -> list[str]:
        return [key for key in (self.key, self.signature_key) if key]


@dataclass(frozen=True)
class Known:
    """The newest version of an invoice that the portal knows, and the published one if any."""

    newest: int
    published: Document | None


def content_type_of(data: bytes, file_name: str) -> str:
    """PDF, XLSX or CSV, by looking. Raises ValidationError for anything else."""
    file = io.BytesIO(data)
    file.name = file_name
    return check_upload(file, allowed=ALLOWED, max_bytes=settings.UPLOAD_MAX_BYTES)


def check_source(data: bytes, file_name: str) -> str:
    """The content type of what was handed in: a sound PDF, an XLSX or a CSV.

    Raises ValidationError for anything else, for what is too large, and for a PDF that is
    encrypted or holds JavaScript.
    """
    content_type = content_type_of(data, file_name)
    if content_type == PDF:
        check_pdf(io.BytesIO(data))
    return content_type


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def known_versions(identities: Iterable[Identity], *, lock: bool = False) -> dict[Identity, Known]:
    """What the portal knows of each of these invoices; with ``lock``, until the transaction ends."""
    wanted = set(identities)
    documents = Document.objects.filter(
        unit__in={i[0] for i in wanted}, type__in={i[1] for i in wanted},
        period__in={i[2] for i in wanted}, number__in={i[3] for i in wanted},
    ).order_by("pk")  # fmt: skip
    if lock:
        documents = documents.select_for_update(of=("self",))
    known: dict[Identity, Known] = {}
    for document in documents:
        identity = (document.unit_id, document.type_id, document.period, document.number)
        if identity not in wanted:
            continue
        before = known.get(identity, Known(0, None))
        published = document if document.status == Document.Status.PUBLISHED else before.published
        known[identity] = Known(max(before.newest, document.version), published)
    return known


def is_unchanged(known: Known | None, source_sha256: str, *, at: datetime) -> bool:
    """Whether the published version came from these very bytes and can still be fetched."""
    published = known.published if known else None
    return bool(
        published and published.source_sha256 == source_sha256 and published.is_fetchable(at)
    )


def prepare(
    wanted: Wanted, source: bytes, content_type: str, signer: Signer, *, key: str = ""
) -> Prepared:
    """Sign ``source`` and store what is to be served. PDF: PAdES with a stamp; others: CMS beside.

    ``key`` was reserved under DOCUMENTS. Raises CannotSign, and TimestampFailed when that
    authority does not answer.
    """
    code = new_code()
    at = timezone.now()
    signature_key = ""
    if content_type == PDF:
        url = settings.BASE_URL + reverse("invoices:verify_code", args=[code])
        served = sign_pdf(
            source, signer, reason=_("Published by the provider"), stamp=Stamp(code, url), at=at
        )
        signature = Document.Signature.PADES
    else:
        served = source
        signature = Document.Signature.CMS
        envelope = sign_detached(source, signer, at=at)
        signature_key = store(envelope, prefix=SIGNATURES, name=f"{code}.p7s").key
    stored = store(served, prefix=DOCUMENTS, name=safe_name(wanted.file_name), key=key)
    return Prepared(
        key=stored.key, signature_key=signature_key, sha256=stored.sha256, size=stored.size,
        content_type=content_type, signature=signature, code=code,
        signed_by=signer.name[:200], signed_at=at, by_demo=signer.is_demo,
    )  # fmt: skip


def drop(prepared: Prepared) -> None:
    """Remove files that will not be claimed after all."""
    for key in prepared.keys:
        delete(key)


def commit(
    pairs: Sequence[tuple[Wanted, Prepared]],
    known: dict[Identity, Known],
    *,
    by: User | None,
    at: datetime,
) -> list[Document]:
    """Make the documents, in the order of ``pairs``, inside the caller's transaction.

    ``known`` was read with a lock in the same transaction. An IntegrityError means that somebody
    else published the same invoice at this very moment: the caller reads anew and tries again.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("commit() belongs in a transaction")
    replaced = [k.published for w, _p in pairs if (k := known.get(w.identity)) and k.published]
    for document in replaced:
        advance(document, to=Document.Status.REPLACED)
    documents = [_document(w, p, known.get(w.identity), by, at) for w, p in pairs]
    Document.objects.bulk_create(documents)
    _leave_traces(documents, replaced, by=by, at=at)
    claim(*(key for _w, prepared in pairs for key in prepared.keys))
    return documents


def _document(
    wanted: Wanted, prepared: Prepared, known: Known | None, by: User | None, at: datetime
) -> Document:
    months = wanted.type.retention_months or current_provider().retention_months
    zone = wanted.unit.timezone
    until, expires_at = retention_end(at.astimezone(wanted.unit.zone).date(), months, zone)
    asks_release = wanted.type.kind == DocumentType.Kind.INVOICE
    return Document(
        unit=wanted.unit, type=wanted.type, period=wanted.period, number=wanted.number,
        version=(known.newest if known else 0) + 1, replaces=known.published if known else None,
        amount_cents=wanted.amount_cents, due_date=wanted.due_date,
        file_key=prepared.key, file_name=safe_name(wanted.file_name),
        content_type=prepared.content_type, size=prepared.size, sha256=prepared.sha256,
        source_sha256=wanted.source_sha256, signature=prepared.signature,
        signature_key=prepared.signature_key, signed_by=prepared.signed_by,
        signed_at=prepared.signed_at, signed_by_demo=prepared.by_demo,
        verification_code=prepared.code, published_at=at, published_by=by,
        available_until=until, expires_at=expires_at,
        release=Document.Release.PENDING if asks_release else Document.Release.NOT_ASKED,
    )  # fmt: skip


def _leave_traces(
    documents: list[Document], replaced: list[Document], *, by: User | None, at: datetime
) -> None:
    kinds = DocumentEvent.Kind
    DocumentEvent.objects.bulk_create(
        [DocumentEvent(document=d, kind=kinds.PUBLISHED, user=by, at=at) for d in documents]
        + [DocumentEvent(document=d, kind=kinds.REPLACED, user=by, at=at) for d in replaced]
    )
    events = [
        NewEvent(
            "document.published", target=document, company=document.unit.company_id,
            data={"sha256": document.sha256, "version": document.version},
        )
        for document in documents
    ]  # fmt: skip
    record_many(events, actor=by)
