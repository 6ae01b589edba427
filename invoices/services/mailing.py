"""Who is told about documents, and the mail that tells them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from invoices.models import Document, DocumentEvent
from invoices.models.documents import SERVICE, DocumentQuerySet
from portal.accounts.models import Grant, Unit, User
from portal.outbox.services import enqueue_mail

# A mail lists so many documents; the rest is one click away.
LISTED = 60


def readers(units: QuerySet[Unit], *, at: datetime) -> QuerySet[User]:
    """Active people with an e-mail who may see at least one of ``units`` by a grant in force."""
    open_units = units.filter(is_active=True, company__is_active=True)
    grants = (
        Grant.objects.in_force(at)
        .opening(SERVICE)
        .filter(Q(unit__in=open_units) | Q(company__in=open_units.values("company")))
    )
    return User.objects.filter(
        pk__in=grants.values("user"), is_active=True, email__isnull=False
    ).order_by("pk")


def tell_published(
    user: User, documents: DocumentQuerySet, *, key: str, at: datetime,
    leaves: datetime | None = None,
) -> bool:  # fmt: skip
    """One mail about all of ``documents`` that the user may see; False when there are none.

    ``key`` makes it happen once. It ``leaves`` now or at that instant. Joins the caller's
    transaction.
    """
    mine = ordered_for(user, documents.filter(status=Document.Status.PUBLISHED), at=at)
    listed = list(mine[: LISTED + 1])
    if not listed:
        return False
    more = mine.count() - LISTED if len(listed) > LISTED else 0
    context = {"units": list(_by_unit(listed[:LISTED])), "more": more, "name": user.first_name}
    context["count"] = len(listed[:LISTED]) + more
    context["url"] = settings.BASE_URL + reverse("invoices:list")
    enqueue_mail(
        to=user.email or "",
        template="invoices/mail/documents_published",
        context=context,
        key=key,
        at=leaves,
        about=[user.pk],
    )
    return True


def ordered_for(user: User, documents: DocumentQuerySet, *, at: datetime) -> DocumentQuerySet:
    """Those that the user may see by a grant, in the order of a mail."""
    mine = documents.filter(unit__in=_granted(user, at)).fetchable(at=at)
    return mine.select_related("unit__company", "type").order_by(
        "unit__code", "type__name", "period", "pk"
    )


def tell_withdrawn(document: Document, *, reason: str) -> int:
    """One mail to each client who has seen the document; how many. Joins the transaction."""
    seen = DocumentEvent.objects.filter(document=document, kind__in=DocumentEvent.CLIENT_KINDS)
    people = User.objects.filter(pk__in=seen.values("user"), is_active=True, email__isnull=False)
    for user in people:
        enqueue_mail(
            to=user.email or "",
            template="invoices/mail/document_withdrawn",
            context={"document": str(document), "unit": str(document.unit), "reason": reason,
                     "name": user.first_name},
            key=f"document-withdrawn:{document.pk}:{user.pk}",
            about=[user.pk],
        )  # fmt: skip
    return len(people)


def _granted(user: User, at: datetime) -> QuerySet[Unit]:
    return Unit.objects.under(Grant.objects.in_force(at).opening(SERVICE).filter(user=user))


def _by_unit(documents: Iterable[Document]) -> Iterator[dict[str, Any]]:
    unit, lines = None, []
    for document in documents:
        if unit is not None and document.unit_id != unit.pk:
            yield {"unit": str(unit), "company": unit.company.name, "documents": lines}
            lines = []
        unit = document.unit
        lines.append(
            {
                "text": str(document),
                "amount": document.amount_text,
                "due": f"{document.due_date:%d/%m/%Y}" if document.due_date else "",
                "replaces": document.replaces_id is not None,
                "url": settings.BASE_URL + document.get_absolute_url(),
            }
        )
    if unit is not None:
        yield {"unit": str(unit), "company": unit.company.name, "documents": lines}
