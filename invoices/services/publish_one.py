"""Publishing one document and withdrawing one."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import TextChoices
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.services import current_signer
from certificates.signatures.signing import CannotSign
from invoices.models import Document, DocumentEvent, DocumentType
from invoices.services.document_spec import DocumentSpec, check_source, digest
from invoices.services.document_versions import is_unchanged, known_versions
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


class Outcome(TextChoices):
    NEW = "new"
    REPLACES = "replaces"
    UNCHANGED = "unchanged"


class ChangedMeanwhile(Exception):
    """Somebody else published this invoice after it was looked over."""


# The caller does not mind which version it replaces.
ANY = -1


def publish(
    *,
    unit: Unit,
    type: DocumentType,  # noqa: A002
    period: date,
    number: str,
    amount_cents: int | None,
    due_date: date | None,
    source: bytes,
    file_name: str,
    by: User | None,
    at: datetime,
    notify: bool = True,
    expected: int | None = ANY,
) -> tuple[Document, Outcome]:
    """Sign, store and publish one document as of ``at``; tell the clients who may see it.

    A published version of the same unit, type, period and number is replaced, unless it came from
    the very same bytes: then nothing changes. ``expected`` is the pk of the version that the
    caller wants replaced (None: there must be none); otherwise ChangedMeanwhile. Raises
    ValidationError for a file that cannot be published and NoSigner without a certificate.
    """
    wanted = DocumentSpec(
        unit, type, period, number.strip(), amount_cents, due_date, file_name, digest(source)
    )
    known = known_versions([wanted.identity]).get(wanted.identity)
    if known and known.published and is_unchanged(known, wanted.source_sha256, at=at):
        return known.published, Outcome.UNCHANGED
    content_type = check_source(source, file_name)
    try:
        prepared = sign_and_store(wanted, source, content_type, current_signer(timezone.now()))
    except CannotSign as error:
        raise ValidationError(str(error), code="cannot_sign") from error
    try:
        document, outcome = _commit_one(
            wanted, prepared, by=by, at=at, notify=notify, expected=expected
        )
    except ChangedMeanwhile:
        delete_signed(prepared)
        raise
    if outcome == Outcome.UNCHANGED:
        delete_signed(prepared)
    return document, outcome


def _commit_one(
    wanted: DocumentSpec, prepared: SignedFile, *, by: User | None, at: datetime,
    notify: bool, expected: int | None,
) -> tuple[Document, Outcome]:  # fmt: skip
    """Commit, again when another commit of the same invoice came first."""
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                known = known_versions([wanted.identity], lock=True)
                before = known.get(wanted.identity)
                published = before.published if before else None
                if published and is_unchanged(before, wanted.source_sha256, at=at):
                    return published, Outcome.UNCHANGED
                if expected not in (ANY, published.pk if published else None):
                    raise ChangedMeanwhile
                [document] = create_documents([(wanted, prepared)], known, by=by, at=at)
                if notify:
                    _tell(document, at)
                return document, Outcome.REPLACES if published else Outcome.NEW
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError


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
    advance(document, to=Document.Status.WITHDRAWN)
    DocumentEvent.objects.create(
        document=document, kind=DocumentEvent.Kind.WITHDRAWN, user=by, at=at, note=reason[:1000]
    )
    told = tell_withdrawn(document, reason=reason)
    record(
        "document.withdrawn", target=document, company=document.unit.company_id, actor=by,
        request=request, data={"sha256": document.sha256, "told": told},
    )  # fmt: skip
    return told
