"""Invoices that the portal generates: enter, import, look at, publish, discard."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certificates.services import NoSigner
from certificates.signatures.signing import TimestampFailed
from invoices.forms.drafts import (
    BaseItems,
    DraftFilter,
    DraftForm,
    ImportForm,
    items_form,
    posted_items,
    unjudged_items,
)
from invoices.generation import render_invoice
from invoices.models import InvoiceDraft
from invoices.quantities import format_quantity
from invoices.services.document_versions import Outcome
from invoices.services.draft_import import COLUMNS, EXAMPLES, RowError, RowsRefused, import_drafts
from invoices.services.drafts import (
    CHANGED,
    ChangedMeanwhile,
    discard_draft,
    drafts_of,
    publish_draft,
    published_now,
    save_draft,
)
from portal.accounts.scope import scope_of
from portal.money import format_cents
from portal.permissions import staff_required
from portal.provider.services import current_provider
from portal.sheets.downloads import download_template
from portal.transitions import IllegalTransition
from portal.ui.lists import Column, list_page
from portal.ui.once import Done, once
from portal.ui.views import confirmed

may_publish = staff_required("invoices.publish_document")
DRAFTS = [
    Column("invoice", gettext_lazy("Invoice")),
    Column("unit", gettext_lazy("Unit")),
    Column("period", gettext_lazy("Period")),
    Column("due", gettext_lazy("Due date")),
    Column("total", gettext_lazy("Total"), numeric=True),
]
_SHOWN = 200


def _draft(pk: int) -> InvoiceDraft:
    drafts = InvoiceDraft.objects.select_related("unit__company", "type", "document")
    return get_object_or_404(drafts.prefetch_related("items"), pk=pk)


@may_publish
def drafts(request: HttpRequest) -> HttpResponse:
    """The drafts that wait; on request those published or discarded."""
    form = DraftFilter(request.GET)
    form.is_valid()
    found = drafts_of(form.cleaned_data["status"], form.cleaned_data.get("q", ""))
    page = list_page(
        request, found, title=gettext_lazy("Invoice drafts"), columns=DRAFTS, order=("-pk",),
        form=form,
    )  # fmt: skip
    return render(request, "invoices/drafts/list.html", {"page": page})


@may_publish
@once
def draft_new(request: HttpRequest) -> HttpResponse:
    """Enter an invoice by hand."""
    return _edit(request, None)


@may_publish
def draft_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    draft = _draft(pk)
    if draft.status != InvoiceDraft.Status.DRAFT:
        messages.warning(
            request, _("This draft was published or discarded and can no longer be changed.")
        )
        return redirect("invoices:draft", pk)
    return _edit(request, draft)


def _edit(request: HttpRequest, draft: InvoiceDraft | None) -> HttpResponse:
    user = scope_of(request).user
    form, items = DraftForm(request.POST or None, user=user, draft=draft), items_form(draft)
    if "more" in request.POST:
        form = DraftForm(initial=request.POST.dict(), user=user, draft=draft)
        items = unjudged_items(request.POST)
    elif form.is_searching:
        items = unjudged_items(request.POST)
    elif request.method == "POST":
        items = posted_items(request.POST)
        if form.is_valid() & items.is_valid():
            return _save(request, form, items, draft)
    return _edit_page(request, form, items, draft)


def _edit_page(
    request: HttpRequest, form: DraftForm, items: BaseItems, draft: InvoiceDraft | None
) -> HttpResponse:
    context = {"form": form, "items": items, "draft": draft}
    return render(request, "invoices/drafts/edit.html", context)


def _save(
    request: HttpRequest, form: DraftForm, items: BaseItems, draft: InvoiceDraft | None
) -> HttpResponse:
    by = scope_of(request).user
    try:
        seen = form.cleaned_data["revision"]
        saved = save_draft(form.cleaned_data, items.items(), by=by, draft=draft, seen=seen)
        place = reverse("invoices:draft", args=[saved.pk])
        return Done(request, place, _("The draft was saved. Look at it before publishing."))
    except ValidationError as error:
        form.add_error("number", error)
    except ChangedMeanwhile as changed:
        form.tell_changed(changed.revision)
    except IllegalTransition as error:
        messages.error(request, str(error))
        return redirect("invoices:drafts")
    return _edit_page(request, form, items, draft)


@may_publish
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """What a draft says and what can be done with it."""
    found = _draft(pk)
    lines = [
        {
            "description": item.description,
            "quantity": format_quantity(item.quantity_milli),
            "price": format_cents(item.price_cents),
            "total": format_cents(item.total_cents),
        }
        for item in found.items.all()
    ]
    context = {"draft": found, "lines": lines, "is_open": found.status == InvoiceDraft.Status.DRAFT}
    return render(request, "invoices/drafts/draft.html", context)


@may_publish
def draft_pdf(request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG001
    """The invoice as it will look: unsigned and marked as a draft."""
    draft = _draft(pk)
    response = HttpResponse(
        render_invoice(draft, current_provider(), preview=True), content_type="application/pdf"
    )
    response["Content-Disposition"] = f'inline; filename="rascunho-{draft.pk}.pdf"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@may_publish
def draft_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then generate, sign and publish."""
    draft = _draft(pk)
    if request.method != "POST":
        return render(
            request,
            "invoices/drafts/publish.html",
            {
                "draft": draft,
                "earlier": published_now(draft),
                "back": reverse("invoices:draft", args=[pk]),
            },
        )
    if request.POST.get("revision", "") not in ("", str(draft.revision)):
        messages.error(request, CHANGED)
        return redirect("invoices:draft", pk)
    try:
        document, outcome = publish_draft(
            draft, by=scope_of(request).user, at=timezone.now(), request=request
        )
    except (ValidationError, NoSigner, TimestampFailed, IllegalTransition) as error:
        messages.error(request, _reason(error))
        return redirect("invoices:draft", pk)
    messages.success(request, _published(outcome))
    return redirect(document)


def _reason(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


def _published(outcome: Outcome) -> str:
    if outcome == Outcome.REPLACES:
        return _("Published. It replaces the earlier version of this invoice.")
    return _("Published and signed. The clients of the unit are told by e-mail.")


@may_publish
def draft_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then put the draft aside for good."""
    draft, by = _draft(pk), scope_of(request).user
    return confirmed(
        request, "invoices/drafts/discard.html",
        {"draft": draft, "back": reverse("invoices:draft", args=[pk])},
        lambda: discard_draft(draft, by=by, at=timezone.now(), request=request),
        done=_("The draft was discarded."), to="invoices:drafts", refused=(IllegalTransition,),
    )  # fmt: skip


@may_publish
@once
def draft_import(request: HttpRequest) -> HttpResponse:
    """Many invoices from a spreadsheet: all of them or, with an error in any row, none."""
    form = ImportForm(request.POST or None, request.FILES or None)
    errors: list[RowError] = []
    if request.method == "POST" and form.is_valid():
        try:
            file = form.cleaned_data["file"]
            made = import_drafts(file, by=scope_of(request).user, request=request)
            return _imported(request, len(made))
        except RowsRefused as refused:
            errors = refused.errors
        except ValidationError as error:
            form.add_error("file", error)
    context = {
        "form": form,
        "errors": errors[:_SHOWN],
        "more_errors": len(errors) - _SHOWN,
        "columns": COLUMNS,
    }
    return render(request, "invoices/drafts/import.html", context)


def _imported(request: HttpRequest, count: int) -> HttpResponse:
    text = ngettext("%(count)s draft was imported.", "%(count)s drafts were imported.", count)
    return Done(request, reverse("invoices:drafts"), text % {"count": count})


@may_publish
def draft_template(request: HttpRequest, extension: str) -> HttpResponse:  # noqa: ARG001
    """A spreadsheet to fill in, with two lines of an example."""
    if extension not in ("csv", "xlsx"):
        raise Http404
    return download_template(COLUMNS, EXAMPLES, name=f"modelo-faturas.{extension}")
