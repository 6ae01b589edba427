"""Keeps and publishes the data of invoices that the portal itself generates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from invoices.generation import render_invoice
from invoices.models import Document, DocumentType, InvoiceDraft, InvoiceItem
from invoices.services.document_spec import DocumentSpec, SourceFile
from invoices.services.document_versions import Outcome
from invoices.services.publish_one import create, sign
from invoices.services.signed_documents import SignedFile, delete_signed
from portal.accounts.models import Unit, User
from portal.provider.services import current_provider
from portal.transitions import IllegalTransition, advance

MAX_ITEMS = 500
IDENTITY = ("unit", "type", "period", "number")
FIELDS = (*IDENTITY, "due_date", "notes")
DRAFTED = _("There is already a draft of this invoice.")
CHANGED = _("This draft was changed, published or discarded meanwhile. Look at it again.")


class ChangedMeanwhile(Exception):
    """Somebody else saved the draft since it was read. ``revision``: how it stands now."""

    def __init__(self, revision: int) -> None:
        super().__init__(CHANGED)
        self.revision = revision


@dataclass(frozen=True)
class Item:
    """One line: quantity in thousandths, price in cents."""

    description: str
    quantity_milli: int
    price_cents: int


def drafts_of(status: str, text: str) -> Any:
    """Drafts in a state, whose number or unit's code begins with ``text``."""
    drafts = InvoiceDraft.objects.filter(status=status)
    if text:
        drafts = drafts.filter(number__istartswith=text) | drafts.filter(unit__code__iexact=text)
    return drafts.select_related("unit__company", "type").prefetch_related("items")


def already_drafted(
    *, unit: Unit, type: DocumentType, period: date, number: str,  # noqa: A002
    apart_from: InvoiceDraft | None = None,
) -> bool:  # fmt: skip
    drafts = InvoiceDraft.objects.filter(
        unit=unit, type=type, period=period, number=number, status=InvoiceDraft.Status.DRAFT
    )
    return (drafts.exclude(pk=apart_from.pk) if apart_from else drafts).exists()


def published_now(draft: InvoiceDraft) -> Document | None:
    """The published version that publishing this draft would replace."""
    return Document.objects.filter(
        unit=draft.unit_id, type=draft.type_id, period=draft.period, number=draft.number,
        status=Document.Status.PUBLISHED,
    ).first()  # fmt: skip


def save_draft(
    values: dict[str, Any],
    items: Sequence[Item],
    *,
    by: User,
    draft: InvoiceDraft | None = None,
    seen: int | None = None,
) -> InvoiceDraft:
    """Keep a draft with these lines, in place of the old ones when it exists already.

    A new one that says the same as one just made is that one. ``seen``: the revision that ``by``
    changes. Raises ChangedMeanwhile when that is no longer the draft's, IllegalTransition when it
    was published or discarded, ValidationError when another draft is of the same invoice.
    """
    try:
        return _save_draft(values, items, by=by, draft=draft, seen=seen)
    except IntegrityError:
        identity = {name: values[name] for name in IDENTITY}
        open_drafts = InvoiceDraft.objects.filter(status=InvoiceDraft.Status.DRAFT, **identity)
        other = open_drafts.first()
        if draft is None and other and _says(other, values, items):
            return other
        raise ValidationError(DRAFTED, code="drafted") from None


def _says(draft: InvoiceDraft, values: dict[str, Any], items: Sequence[Item]) -> bool:
    lines = draft.items.values_list("description", "quantity_milli", "price_cents")
    same = all(getattr(draft, name) == values[name] for name in FIELDS)
    return same and [Item(*line) for line in lines] == list(items)


@transaction.atomic
def _save_draft(
    values: dict[str, Any],
    items: Sequence[Item],
    *,
    by: User,
    draft: InvoiceDraft | None,
    seen: int | None,
) -> InvoiceDraft:
    draft = _locked(draft) if draft else InvoiceDraft(created_by=by)
    if draft.status != InvoiceDraft.Status.DRAFT:
        raise IllegalTransition(_("This draft was published or discarded meanwhile."))
    if seen not in (None, draft.revision):
        raise ChangedMeanwhile(draft.revision)
    draft.revision += 1
    for name in FIELDS:
        setattr(draft, name, values[name])
    draft.save()
    draft.items.all().delete()
    add_items(draft, items)
    return draft


def _locked(draft: InvoiceDraft) -> InvoiceDraft:
    """The draft as it stands now; nobody else changes it while this transaction lasts."""
    return InvoiceDraft.objects.select_for_update().get(pk=draft.pk)


def add_items(draft: InvoiceDraft, items: Iterable[Item]) -> None:
    InvoiceItem.objects.bulk_create(
        InvoiceItem(
            draft=draft, position=position, description=item.description,
            quantity_milli=item.quantity_milli, price_cents=item.price_cents,
        )
        for position, item in enumerate(items)
    )  # fmt: skip


def publish_draft(
    draft: InvoiceDraft, *, by: User, at: datetime, request: HttpRequest | None = None
) -> tuple[Document, Outcome]:
    """Generate, sign and publish; the draft then belongs to its document.

    Raises IllegalTransition for a draft that is none any more, or that was changed since ``draft``
    was read; ValidationError for a negative total; and what ``sign`` raises.
    """
    if draft.status != InvoiceDraft.Status.DRAFT:
        raise IllegalTransition(CHANGED)
    if draft.total_cents < 0:
        raise ValidationError(_("The total of an invoice cannot be negative."), code="negative")
    pdf = render_invoice(draft, current_provider())
    spec = DocumentSpec(
        unit=draft.unit, type=draft.type, period=draft.period, number=draft.number,
        amount_cents=draft.total_cents, due_date=draft.due_date, by=by, at=at,
        file=SourceFile.from_bytes(pdf, f"{draft.type.code}-{draft.number}.pdf", is_ours=True),
    )  # fmt: skip
    signed = sign(spec)
    try:
        document, outcome = _publish_signed(draft, spec, signed, request)
    except IllegalTransition:
        delete_signed(signed)
        raise
    if outcome == Outcome.UNCHANGED:
        delete_signed(signed)
    return document, outcome


@transaction.atomic
def _publish_signed(
    draft: InvoiceDraft, spec: DocumentSpec, signed: SignedFile, request: HttpRequest | None
) -> tuple[Document, Outcome]:
    """Create the document, if the draft still says what was signed."""
    now = _locked(draft)
    if now.revision != draft.revision or now.status == InvoiceDraft.Status.DISCARDED:
        raise IllegalTransition(CHANGED)
    if now.document:  # Published twice at once: the other one was quicker.
        return now.document, Outcome.UNCHANGED
    document, outcome = create(spec, signed)
    advance(
        draft, to=InvoiceDraft.Status.PUBLISHED, document=document, by=spec.by, at=spec.at,
        request=request, audit_data={"document": document.pk},
    )  # fmt: skip
    return document, outcome


def discard_draft(
    draft: InvoiceDraft, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Put a draft aside for good. Raises IllegalTransition when it is none any more."""
    advance(draft, to=InvoiceDraft.Status.DISCARDED, by=by, at=at, request=request)
