"""The page of one document, and the check of its signature."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from invoices.models import Document, DocumentEvent, DocumentType
from invoices.services.history import history_of, note
from invoices.services.preview import page_count
from invoices.services.remains import what_is_left
from invoices.services.signature_check import check_signature
from invoices.views.requests import fetch
from invoices.views.rows import INLINE_TYPES
from portal.accounts.scope import scope_of
from portal.provider.services import current_provider


@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    now, user = timezone.now(), scope_of(request).user
    visible = Document.objects.visible_to(user, at=now)
    found = visible.select_related("unit__company", "type", "release_by").filter(pk=pk).first()
    if found is None:
        return _superseded(request, pk)
    note(found, DocumentEvent.Kind.SEEN, user, now)
    context = {
        **_facts(found),
        **_pages(request, found),
        **_versions(found, user.is_staff),
        "history": history_of(found, user, current_provider().short_name),
        "can_release": found.can_be_released_by(user, now),
    }
    return render(request, "invoices/document.html", context)


@require_safe
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether the signature holds, looked up apart: it takes reading the whole file."""
    found = fetch(request, pk, timezone.now())
    htmx = getattr(request, "htmx", False)
    template = "invoices/_check.html" if htmx else "invoices/check.html"
    response = render(request, template, {**_facts(found), "check": check_signature(found)})
    response["Vary"] = "HX-Request"
    return response


def _superseded(request: HttpRequest, pk: int) -> HttpResponse:
    """A client's link to what was replaced or withdrawn says so (410), without its content."""
    user, now = scope_of(request).user, timezone.now()
    reach = Document.objects.in_reach_of(user, at=now).exclude(status=Document.Status.PUBLISHED)
    old = reach.select_related("type", "unit").filter(pk=pk).first()
    if old is None:
        return _removed(request, pk)
    same = Document.objects.visible_to(user, at=now).filter(
        unit=old.unit_id, type=old.type_id, period=old.period, number=old.number
    )
    context = {"document": old, "newer": same.order_by("-version").first()}
    return render(request, "invoices/superseded.html", context, status=410)


def _removed(request: HttpRequest, pk: int) -> HttpResponse:
    """A link to what is past its end says what is still known of it (410)."""
    now = timezone.now()
    found = what_is_left(scope_of(request).user, pk, now)
    if found is None or (isinstance(found, Document) and found.is_fetchable(now)):
        raise Http404
    context = {"document": found, "receipt_url": reverse("invoices:receipt", args=[pk])}
    return render(request, "invoices/removed/document.html", context, status=410)


def _facts(document: Document) -> dict[str, Any]:
    return {
        "document": document,
        "is_invoice": document.type.kind == DocumentType.Kind.INVOICE,
        "inline": document.content_type in INLINE_TYPES,
        "release": Document.Release(document.release),
        "list_url": "invoices:list" if document.type.kind == "invoice" else "invoices:reports",
        "ends_soon": not document.legal_hold
        and (document.available_until - timezone.localdate()).days <= 30,
    }


def _pages(request: HttpRequest, document: Document) -> dict[str, Any]:
    """Which page of the preview is shown: ``?page=2``, kept within what there is."""
    pages = page_count(document)
    asked = request.GET.get("page", "1")
    shown = min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 6 else 1
    return {"pages": pages, "shown": shown, "before": shown - 1, "after": shown + 1}


def _versions(document: Document, is_staff: bool) -> dict[str, Any]:
    """The versions before and after it; clients have only the one that counts."""
    if not is_staff:
        return {}
    same = Document.objects.fetchable(at=timezone.now()).filter(
        unit=document.unit_id, type=document.type_id, period=document.period, number=document.number
    )
    return {"versions": list(same.exclude(pk=document.pk).order_by("version")[:20])}
