"""Signs documents, stores them and creates their rows: for the single page, drafts and batches.

``sign_and_store`` works outside any transaction. In one transaction ``create_documents`` then
replaces the older versions, creates the rows and claims the files. A process that dies in between
leaves only unclaimed files, which the sweep of ``portal.files`` removes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.signatures.signing import Signer, Stamp, sign_detached, sign_pdf
from invoices.models import Document, DocumentEvent, DocumentType
from invoices.models.documents import retention_end
from invoices.services.document_spec import PDF, DocumentSpec, Identity
from invoices.services.document_versions import KnownVersions
from portal.audit.services import NewEvent, record_many
from portal.files.services import claim, delete, safe_name, store
from portal.provider.services import provider_row
from portal.public_codes import new_code
from portal.transitions import advance

DOCUMENTS, SIGNATURES, STAGED = "invoices/documents", "invoices/signatures", "invoices/staged"


@dataclass(frozen=True)
class SignedFile:
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


def sign_and_store(
    spec: DocumentSpec, source: bytes, content_type: str, signer: Signer, *, key: str = ""
) -> SignedFile:
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
            source, signer, reason=_("Published by the provider"), stamp=Stamp(code, url), at=at,
            is_ours=spec.file.is_ours,
        )  # fmt: skip
        signature = Document.Signature.PADES
    else:
        served = source
        signature = Document.Signature.CMS
        envelope = sign_detached(source, signer, at=at)
        signature_key = store(envelope, prefix=SIGNATURES, name=f"{code}.p7s").key
    stored = store(served, prefix=DOCUMENTS, name=safe_name(spec.file.name), key=key)
    return SignedFile(
        key=stored.key, signature_key=signature_key, sha256=stored.sha256, size=stored.size,
        content_type=content_type, signature=signature, code=code,
        signed_by=signer.name[:200], signed_at=at, by_demo=signer.is_demo,
    )  # fmt: skip


def delete_signed(signed: SignedFile) -> None:
    """Delete a signed file that no row will claim after all."""
    for key in signed.keys:
        delete(key)


def create_documents(
    pairs: Sequence[tuple[DocumentSpec, SignedFile]], known: dict[Identity, KnownVersions]
) -> list[Document]:
    """Create the documents, in the order of ``pairs``, inside the caller's transaction.

    All are published by the same person. ``known`` was read with a lock in the same transaction.
    An IntegrityError means that somebody else published the same document at this very moment:
    the caller reads anew and tries again.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("create_documents() belongs in a transaction")
    replaced = [k.published for spec, _ in pairs if (k := known.get(spec.identity)) and k.published]
    for document in replaced:
        advance(document, to=Document.Status.REPLACED)
    usual = provider_row().retention_months
    documents = [_document(spec, signed, known.get(spec.identity), usual) for spec, signed in pairs]
    Document.objects.bulk_create(documents)
    _leave_traces(documents, replaced)
    claim(*(key for _, signed in pairs for key in signed.keys))
    return documents


def _document(
    spec: DocumentSpec, signed: SignedFile, known: KnownVersions | None, usual: int
) -> Document:
    months = spec.type.retention_months or usual
    zone = spec.unit.timezone
    until, expires_at = retention_end(spec.at.astimezone(spec.unit.zone).date(), months, zone)
    asks_release = spec.type.kind == DocumentType.Kind.INVOICE
    return Document(
        unit=spec.unit, type=spec.type, period=spec.period, number=spec.number,
        version=(known.newest if known else 0) + 1, replaces=known.published if known else None,
        amount_cents=spec.amount_cents, due_date=spec.due_date,
        file_key=signed.key, file_name=safe_name(spec.file.name),
        content_type=signed.content_type, size=signed.size, sha256=signed.sha256,
        source_sha256=spec.file.sha256, signature=signed.signature,
        signature_key=signed.signature_key, signed_by=signed.signed_by,
        signed_at=signed.signed_at, signed_by_demo=signed.by_demo,
        verification_code=signed.code, published_at=spec.at, published_by=spec.by,
        available_until=until, expires_at=expires_at,
        release=Document.Release.PENDING if asks_release else Document.Release.NOT_ASKED,
    )  # fmt: skip


def _leave_traces(documents: Sequence[Document], replaced: Sequence[Document]) -> None:
    if not documents:
        return
    by, at, kinds = documents[0].published_by, documents[0].published_at, DocumentEvent.Kind
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
