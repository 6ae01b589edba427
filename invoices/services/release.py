"""Received and released, or contested: said once, by whoever is responsible at the client."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from invoices.models import Document
from invoices.models.documents import SERVICE, units_for
from portal import hooks
from portal.accounts.models import Grant, User
from portal.outbox.services import enqueue_mail
from portal.provider.models import ContactDesk
from portal.provider.services import current_provider
from portal.transitions import IllegalTransition, advance


class NotReleasable(IllegalTransition):
    """Somebody else was quicker, the document was replaced, or its end has come."""


def release(document: Document, by: User, at: datetime, request: HttpRequest | None = None) -> None:
    """ "Recebida e liberada". Raises NotReleasable; of two people at once exactly one succeeds."""
    with transaction.atomic():
        fresh = _take(document, by, at)
        _answer(fresh, Document.Release.RELEASED, by, at, request=request)
        if by.email:
            enqueue_mail(
                to=by.email, template="invoices/mail/released", context=_mail_context(fresh, by, at),
                key=f"released:{fresh.pk}:{by.pk}", about=[by.pk],
            )  # fmt: skip


def contest(
    document: Document, reason: str, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """ "Contestada", with the reason: told to whoever takes it up, else to the desk for amounts.

    Raises NotReleasable as ``release`` does.
    """
    with transaction.atomic():
        fresh = _take(document, by, at)
        _answer(fresh, Document.Release.CONTESTED, by, at, reason=reason, request=request)
        context = {**_mail_context(fresh, by, at), "reason": reason}
        event = hooks.DocumentContested(document=about(fresh), user_pk=by.pk, reason=reason)
        if not hooks.tell(event):
            enqueue_mail(
                to=desk_address(ContactDesk.Topic.AMOUNT), template="invoices/mail/contested", context=context,
                key=f"contested:{fresh.pk}:desk", about=[by.pk],
            )  # fmt: skip
        if by.email:
            enqueue_mail(
                to=by.email, template="invoices/mail/contested_copy", context=context,
                key=f"contested:{fresh.pk}:{by.pk}", about=[by.pk],
            )  # fmt: skip


def about(document: Document) -> hooks.About:
    """The document as other desks name it."""
    return hooks.About(
        key=f"{document._meta.label_lower}:{document.pk}", title=str(document),
        url=document.get_absolute_url(), unit_pk=document.unit_id,
    )  # fmt: skip


def releasable_units(user: User, at: datetime) -> Sequence[int]:
    """Keys of the units for which this person receives and releases."""
    grants = Grant.objects.held_by(user, at, service=SERVICE).filter(
        level__in=[Grant.Level.OPERATE, Grant.Level.ADMINISTER]
    )
    return list(units_for(user, at=at).under(grants).values_list("pk", flat=True))


def desk_address(topic: str) -> str:
    """The e-mail of the desk for a topic; of the provider where there is no such desk."""
    desk = ContactDesk.objects.filter(topic=topic).first()
    return desk.email if desk else current_provider().email


def _take(document: Document, by: User, at: datetime) -> Document:
    """The row itself, locked, as it is now."""
    locked = Document.objects.select_for_update(of=("self",)).select_related("unit", "type")
    fresh = locked.get(pk=document.pk)
    if not fresh.can_be_released_by(by, at):
        raise NotReleasable(_("This document no longer waits for you to release it."))
    return fresh


def _answer(
    document: Document, to: str, by: User, at: datetime, *, reason: str = "",
    request: HttpRequest | None,
) -> None:  # fmt: skip
    advance(
        document, to=to, field="release", by=by, at=at, note=reason, request=request,
        audit_data={"sha256": document.sha256, "version": document.version},
        only_if={"status": Document.Status.PUBLISHED},
        release_by=by, release_at=at, release_reason=reason,
    )  # fmt: skip


def _mail_context(document: Document, by: User, at: datetime) -> dict[str, str]:
    return {
        "name": by.first_name,
        "person": by.name,
        "person_email": by.email or "",
        "person_phone": by.phone,
        "document": str(document),
        "unit": str(document.unit),
        "company": document.unit.company.name,
        "amount": document.amount_text,
        "at": f"{timezone.localtime(at, document.unit.zone):%d/%m/%Y %H:%M}",
        "sha256": document.sha256,
        "code": document.verification_code,
        "path": document.get_absolute_url(),
    }
