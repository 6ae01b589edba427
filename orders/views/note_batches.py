"""Importing fiscal notes: the pages of an import's life."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from orders.forms.notes import NoteFilesForm, TieForm
from orders.models import NoteBatch, NoteRow
from orders.models.notes import CHANGE_NOTES, VIEW_NOTES
from orders.services import note_checking, note_import, note_rows
from orders.services.notes import NotTied
from portal.accounts.scope import scope_of
from portal.batches import services
from portal.batches import views as pages
from portal.batches.forms import OutcomeFilter
from portal.batches.reports import figures
from portal.permissions import staff_required
from portal.transitions import IllegalTransition
from portal.ui.lists import Column, ListPage, list_page
from portal.ui.views import confirmed

may_import = staff_required(VIEW_NOTES, CHANGE_NOTES)
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
SHOWN, A_PAGE = 20, 50  # rows on the page of the import itself, and in the list of its rows
BATCHES = [
    Column("batch", pgettext_lazy("list of imports", "Import")),
    Column("state", gettext_lazy("State")),
    Column("rows", gettext_lazy("Notes and events"), numeric=True),
    Column("errors", gettext_lazy("Refused"), numeric=True),
    Column("by", gettext_lazy("Handed in by")),
    Column("at", gettext_lazy("Handed in at"), ("pk",)),
]
ROWS = [
    Column("line", gettext_lazy("Row")),
    Column("outcome", gettext_lazy("Outcome")),
    Column("note", gettext_lazy("Note or event")),
    Column("taker", gettext_lazy("Taker")),
    Column("amount", gettext_lazy("Amount"), numeric=True),
    Column("order", gettext_lazy("Order")),
]


@require_safe
@may_import
def note_batches(request: HttpRequest) -> HttpResponse:
    """All imports, newest first."""
    page = list_page(
        request, NoteBatch.objects.select_related("created_by"),
        title=gettext_lazy("Imports of fiscal notes"), columns=BATCHES, order=("-pk",),
    )  # fmt: skip
    return render(request, "orders/notes/batches/list.html", {"page": page})


@get_or_post
@may_import
def new(request: HttpRequest) -> HttpResponse:
    """Hand in XML files or a zip."""
    form = NoteFilesForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        found, is_new = note_checking.receive(
            values["documents"], name=values["name"], by=scope_of(request).user, request=request
        )
        if not is_new:
            messages.info(request, _("These files were already handed in; this is their import."))
        return redirect(found)
    return render(request, "orders/notes/batches/new.html", {"form": form})


@require_safe
@may_import
def note_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an import stands, what would come of it, and what can be done with it."""
    found = get_object_or_404(NoteBatch.objects.select_related("created_by"), pk=pk)
    form = OutcomeFilter({"outcome": ""}, batch=found)
    context = {"batch": found, "figures": figures(found), "page": _rows_page(request, form, SHOWN)}
    return render(request, "orders/notes/batches/batch.html", context)


@require_safe
@may_import
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the work has come, as a fragment."""
    return pages.progress(request, get_object_or_404(NoteBatch, pk=pk))


@require_safe
@may_import
def note_batch_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Row by row, by outcome."""
    found = get_object_or_404(NoteBatch, pk=pk)
    page = _rows_page(request, OutcomeFilter(request.GET, batch=found), A_PAGE)
    return render(request, "orders/notes/batches/rows.html", {"batch": found, "page": page})


def _rows_page(request: HttpRequest, form: OutcomeFilter, size: int) -> ListPage:
    return list_page(
        request, form.rows().select_related("order", "note", "event", "batch"),
        title=_("Rows of %(name)s") % {"name": form.batch.name}, columns=ROWS, order=("line",),
        form=form, prepare=note_rows.prepared, figures=form.known_figures(), size=size,
    )  # fmt: skip


@get_or_post
@may_import
def row(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Say to which order the note of a row belongs, before it is imported."""
    batch = get_object_or_404(NoteBatch, pk=pk, status=NoteBatch.Status.CHECKED)
    of_notes = batch.rows.filter(outcome__in=NoteRow.NOTES).select_related("batch", "order")
    found = get_object_or_404(of_notes, line=line)
    by, now = scope_of(request).user, timezone.now()
    number = {"number": found.order.number if found.order else ""}
    taker = found.values["taker_tax_id"]
    form = TieForm(request.POST or None, taker=taker, is_needed=False, initial=number)
    context = {"row": note_rows.prepared(found), "batch": found.batch}
    return confirmed(
        request, "orders/notes/batches/row.html", {**context, "back": found.batch.get_absolute_url()},
        lambda: note_import.decide(found, form.order, by=by, at=now, request=request),
        to=found.batch.get_absolute_url(), form=form, refused=(NotTied, IllegalTransition),
        done=_("The order of this note is decided."),
    )  # fmt: skip


@get_or_post
@may_import
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take every order that is proposed as the right one."""
    found = get_object_or_404(NoteBatch, pk=pk)
    by, now = scope_of(request).user, timezone.now()

    def act() -> None:
        note_import.accept_proposals(found, by=by, at=now, request=request)

    return pages.confirmed(
        request, found, "orders/notes/batches/accept.html", act,
        done=_("The proposals were accepted."),
    )  # fmt: skip


@get_or_post
@may_import
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then have the notes imported."""
    found = get_object_or_404(NoteBatch, pk=pk)
    by, now = scope_of(request).user, timezone.now()
    act = partial(services.apply, found, by=by, at=now, request=request)
    return pages.confirmed(
        request,
        found,
        "orders/notes/batches/apply.html",
        act,
        done=_("The notes are being imported."),
    )


@get_or_post
@may_import
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then have the import undone."""
    found = get_object_or_404(NoteBatch, pk=pk)
    by, now = scope_of(request).user, timezone.now()
    act = partial(services.undo, found, by=by, at=now, request=request)
    return pages.confirmed(
        request, found, "orders/notes/batches/undo.html", act, done=_("The import is being undone.")
    )


@get_or_post
@may_import
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then give the import up."""
    return pages.discard(request, get_object_or_404(NoteBatch, pk=pk), by=scope_of(request).user)


@get_or_post
@may_import
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then queue work that was given up once more."""
    return pages.go_on(request, get_object_or_404(NoteBatch, pk=pk), by=scope_of(request).user)


@get_or_post
@may_import
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then end work that does not come to its end."""
    return pages.stop(request, get_object_or_404(NoteBatch, pk=pk), by=scope_of(request).user)
