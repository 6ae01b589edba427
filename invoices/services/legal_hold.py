"""Puts documents on legal hold, and lifts the hold."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from invoices.models import Document, DocumentEvent
from portal.accounts.models import User
from portal.audit.services import record


def hold(
    document: Document, *, reason: str, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Keep the document, and keep it available, past its end, until the hold is lifted.

    Raises ValidationError without a reason, for a document already held, and for one past its
    end: that one is gone for everybody, even while its bytes wait to be removed.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError(_("Say why it must be kept."), code="no_reason")
    with transaction.atomic():
        current = _locked(document)
        if current.legal_hold:
            raise ValidationError(_("It is on legal hold already."), code="held")
        if not current.is_fetchable(at):
            raise _gone()
        _set_hold(document, held=True, reason=reason)
        held = DocumentEvent(
            document=document, kind=DocumentEvent.Kind.HELD, user=by, at=at, note=reason
        )
        _leave_trace(held, request)


def free(document: Document, *, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """Lift the hold. Past its end the document is invisible at once; the next run removes it.

    Raises ValidationError for a document that is not held.
    """
    with transaction.atomic():
        current = _locked(document)
        if not current.legal_hold:
            raise ValidationError(_("It is not on legal hold."), code="not_held")
        _set_hold(document, held=False, reason=current.legal_hold_reason)
        freed = DocumentEvent(document=document, kind=DocumentEvent.Kind.FREED, user=by, at=at)
        _leave_trace(freed, request)


def _locked(document: Document) -> Document:
    current = Document.objects.select_for_update().filter(pk=document.pk).first()
    if current is None:
        raise _gone()
    return current


def _gone() -> ValidationError:
    return ValidationError(_("It is past its end and cannot be kept any more."), code="gone")


def _set_hold(document: Document, *, held: bool, reason: str) -> None:
    """The reason stays after the hold: the tombstone tells it."""
    document.legal_hold, document.legal_hold_reason = held, reason
    document.save(update_fields=["legal_hold", "legal_hold_reason"])


def _leave_trace(event: DocumentEvent, request: HttpRequest | None) -> None:
    event.save()
    document = event.document
    record(
        f"document.{event.kind}", target=document, company=document.unit.company_id,
        actor=event.user, request=request, data={"sha256": document.sha256},
    )  # fmt: skip
