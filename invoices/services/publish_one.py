"""Publishes one document, or withdraws one."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.services import current_signer
from certificates.signatures.signing import CannotSign
from invoices.models import Document
from invoices.services.document_spec import DocumentSpec, check_source
from invoices.services.document_versions import (
    Outcome,
    is_overtaken,
    known_versions,
    outcome_of,
)
from invoices.services.mailing import readers, tell_published, tell_withdrawn
from invoices.services.signed_documents import (
    SignedFile,
    create_documents,
    delete_signed,
    sign_and_store,
)
from portal.accounts.models import Unit, User
from portal.audit.services import record
from portal.transitions import advance

_TRIES = 5


class ChangedMeanwhile(Exception):
    """Somebody else published this document after it was looked over."""


def publish(spec: DocumentSpec, *, notify: bool = True) -> tuple[Document, Outcome]:
    """Sign, store and publish one document; with ``notify`` tell the clients who may see it.

    The published version of the same document is replaced, unless it came from the very same
    bytes: then nothing changes. Raises ChangedMeanwhile when another version than
    ``spec.replaces`` is published, ValidationError for a file that cannot be published,
    FileNotFoundError when the file is no longer there, and NoSigner without a certificate.
    """
    known = known_versions([spec.identity]).get(spec.identity)
    if known and known.published and outcome_of(spec, known) == Outcome.UNCHANGED:
        return known.published, Outcome.UNCHANGED
    signed = sign(spec)
    try:
        document, outcome = create(spec, signed, notify=notify)
    except ChangedMeanwhile:
        delete_signed(signed)
        raise
    if outcome == Outcome.UNCHANGED:
        delete_signed(signed)
    return document, outcome


def sign(spec: DocumentSpec) -> SignedFile:
    """Check, sign and store the file of one document, outside any transaction; see ``publish``."""
    source = spec.file.read()
    content_type = check_source(source, spec.file.name)
    try:
        return sign_and_store(spec, source, content_type, current_signer(timezone.now()))
    except CannotSign as error:
        raise ValidationError(str(error), code="cannot_sign") from error


def create(
    spec: DocumentSpec, signed: SignedFile, *, notify: bool = True
) -> tuple[Document, Outcome]:
    """Create the document; again, when another version of it was committed first.

    The caller deletes ``signed`` when nothing came of it: UNCHANGED, or ChangedMeanwhile.
    """
    for attempt in range(_TRIES):
        try:
            return _create_once(spec, signed, notify=notify)
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError


@transaction.atomic
def _create_once(
    spec: DocumentSpec, signed: SignedFile, *, notify: bool
) -> tuple[Document, Outcome]:
    known = known_versions([spec.identity], lock=True)
    before = known.get(spec.identity)
    outcome = outcome_of(spec, before)
    if before and before.published and outcome == Outcome.UNCHANGED:
        return before.published, outcome
    if is_overtaken(spec, before):
        raise ChangedMeanwhile
    [document] = create_documents([(spec, signed)], known)
    if notify:
        _tell(document, spec.at)
    return document, outcome


def _tell(document: Document, at: datetime) -> None:
    documents = Document.objects.filter(pk=document.pk)
    for user in readers(Unit.objects.filter(pk=document.unit_id), at=at):
        tell_published(user, documents, key=f"document:{document.pk}:user:{user.pk}", at=at)


@transaction.atomic
def withdraw(
    document: Document, *, reason: str, by: User | None, at: datetime,
    request: HttpRequest | None = None,
) -> int:  # fmt: skip
    """Take a published document back; returns how many clients had seen it and are told by mail.

    Raises IllegalTransition when it is no longer the published version, and ValidationError
    without a reason.
    """
    if not reason.strip():
        raise ValidationError(_("Say why the document is withdrawn."), code="required")
    advance(document, to=Document.Status.WITHDRAWN, by=by, at=at, note=reason[:1000])
    told = tell_withdrawn(document, reason=reason)
    record(
        "document.withdrawn", target=document, company=document.unit.company_id, actor=by,
        request=request, data={"sha256": document.sha256, "told": told},
    )  # fmt: skip
    return told
