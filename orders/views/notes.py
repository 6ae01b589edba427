"""Staff look fiscal notes up, and say to which orders they belong."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from orders.forms.notes import NoteFilter, SetAsideForm, TieForm
from orders.models import FiscalNote, NoteEvent, Order
from orders.models.notes import CHANGE_NOTES, VIEW_NOTES
from orders.services import note_files, notes
from orders.views.note_answers import pdf_answer
from portal.accounts.scope import scope_of
from portal.desks import Card
from portal.permissions import may_work, staff_required
from portal.ui.lists import Column, list_page
from portal.ui.views import confirmed

may_see, may_change = staff_required(VIEW_NOTES), staff_required(VIEW_NOTES, CHANGE_NOTES)
get_or_post = require_http_methods(["GET", "HEAD", "POST"])
COLUMNS = [
    Column("number", gettext_lazy("Fiscal note")),
    Column("issued", gettext_lazy("Issued at"), ("issued_at", "pk")),
    Column("taker", gettext_lazy("Taker")),
    Column("amount", gettext_lazy("Amount"), numeric=True),
    Column("standing", gettext_lazy("Status")),
    Column("order", gettext_lazy("Order")),
]
EVENTS = [
    Column("event", gettext_lazy("Event")),
    Column("at", gettext_lazy("Happened at")),
    Column("key", gettext_lazy("Key of the note")),
    Column("added", gettext_lazy("Imported at"), ("pk",)),
    Column("act", gettext_lazy("Way out"), spoken=True),
]


@require_safe
@may_see
def fiscal_notes(request: HttpRequest) -> HttpResponse:
    """Notes; at first those that wait for somebody to say to which order they belong."""
    form = NoteFilter(
        request.GET if "show" in request.GET else {"show": NoteFilter.LOOSE, **request.GET.dict()}
    )
    found = form.apply(FiscalNote.objects.visible_to(scope_of(request).user)).select_related(
        "order"
    )
    page = list_page(
        request, found, title=gettext_lazy("Fiscal notes of orders"), columns=COLUMNS,
        order=("-issued_at", "-pk"), form=form,
    )  # fmt: skip
    waiting = NoteEvent.objects.filter(note__isnull=True).count()
    return render(request, "orders/notes/list.html", {"page": page, "waiting_events": waiting})


@require_safe
@may_see
def fiscal_note(request: HttpRequest, pk: int) -> HttpResponse:
    """One note: what it says, what happened to it, its order or those that it may belong to."""
    note = _note(pk)
    fitting: list[Order] = [] if note.order else notes.orders_of_payer(note.taker_tax_id)
    context = {
        "note": note, "fitting": fitting[:20], "may_change": may_work(request, CHANGE_NOTES),
    }  # fmt: skip
    return render(request, "orders/notes/note.html", context)


def notes_block(request: HttpRequest, order: Order) -> Card | None:
    """The notes of an order, on its page for staff."""
    if not may_work(request, VIEW_NOTES):
        return None
    rows = FiscalNote.objects.filter(order=order).order_by("-issued_at", "-pk")
    return Card(30, "orders/notes/_block.html", {"notes": rows})


def _note(pk: int) -> FiscalNote:
    rows = FiscalNote.objects.select_related("order__payer", "tied_by")
    return get_object_or_404(rows.prefetch_related("events__added_by"), pk=pk)


@require_safe
@may_see
def fiscal_note_xml(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The note's XML."""
    return note_files.serve_xml(request, _note(pk))


@require_safe
@may_see
def fiscal_note_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The note on paper."""
    return pdf_answer(request, _note(pk), back="orders:fiscal_note", args=[pk])


@get_or_post
@may_change
def tie(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the number of the order, then tie the note to it."""
    note, by = _note(pk), scope_of(request).user
    number = {"number": request.GET.get("pedido", "")}
    form = TieForm(request.POST or None, taker=note.taker_tax_id, initial=number)

    def act() -> None:
        if form.order is not None:
            notes.tie(note, form.order, by=by, at=timezone.now(), request=request)

    return confirmed(
        request, "orders/notes/tie.html", {"note": note, "back": note.get_absolute_url()}, act,
        to=note.get_absolute_url(), form=form, refused=(notes.NotTied,),
        done=_("The note belongs to this order now; its payer is told by e-mail."),
    )  # fmt: skip


@get_or_post
@may_change
def untie(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then take the note from its order."""
    note, by = _note(pk), scope_of(request).user
    act = partial(notes.untie, note, by=by, at=timezone.now(), request=request)
    return confirmed(
        request, "orders/notes/untie.html", {"note": note, "back": note.get_absolute_url()}, act,
        to=note.get_absolute_url(), refused=(notes.NotTied,),
        done=_("The note has no order now."),
    )  # fmt: skip


@get_or_post
@may_change
def set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, then take the note off the work list."""
    note, by = _note(pk), scope_of(request).user
    form = SetAsideForm(request.POST or None)

    def act() -> None:
        why = form.cleaned_data["why"]
        notes.set_aside(note, why, by=by, at=timezone.now(), request=request)

    return confirmed(
        request, "orders/notes/set_aside.html", {"note": note, "back": note.get_absolute_url()}, act,
        to=note.get_absolute_url(), form=form, refused=(notes.NotTied,),
        done=_("The note was set aside."),
    )  # fmt: skip


@get_or_post
@may_change
def bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then put the note back on the work list."""
    note, by = _note(pk), scope_of(request).user
    act = partial(notes.bring_back, note, by=by, at=timezone.now(), request=request)
    return confirmed(
        request, "orders/notes/bring_back.html", {"note": note, "back": note.get_absolute_url()}, act,
        to=note.get_absolute_url(), refused=(notes.NotTied,),
        done=_("The note waits for its order again."),
    )  # fmt: skip


@require_safe
@may_see
def events(request: HttpRequest) -> HttpResponse:
    """Events whose notes are not here."""
    waiting = NoteEvent.objects.filter(note__isnull=True)
    page = list_page(
        request, waiting, title=gettext_lazy("Events that wait for their note"), columns=EVENTS,
        order=("-pk",),
    )  # fmt: skip
    context = {"page": page, "may_change": may_work(request, CHANGE_NOTES)}
    return render(request, "orders/notes/events.html", context)


@require_safe
@may_see
def event_xml(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The XML of an event, whether its note is here or not."""
    event = get_object_or_404(NoteEvent.objects.exclude(file_key=""), pk=pk)
    return note_files.serve_event_xml(request, event)


@get_or_post
@may_change
def discard_event(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then give up an event whose note does not come."""
    event, by = get_object_or_404(NoteEvent, pk=pk, note__isnull=True), scope_of(request).user
    act = partial(notes.discard_event, event, by=by, at=timezone.now(), request=request)
    return confirmed(
        request, "orders/notes/event_discard.html", {"event": event}, act,
        to="orders:note_events", refused=(notes.NotTied,), done=_("The event was discarded."),
    )  # fmt: skip
