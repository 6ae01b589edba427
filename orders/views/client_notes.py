"""“Consultar notas fiscais”: the notes of one order, as their client reads them."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from orders.models import FiscalNote, Order
from orders.services import note_files
from orders.views.note_answers import pdf_answer
from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of


@require_safe
def notes(request: HttpRequest, number: int) -> HttpResponse:
    """All notes of an order, the newest first, with what happened to each."""
    user = scope_of(request).user
    order = get_object_or_404(Order.objects.visible_to(user), number=number)
    found = FiscalNote.objects.visible_to(user).filter(order=order).prefetch_related("events")
    context = {"order": order, "notes": found.order_by("-issued_at", "-pk")}
    return render(request, "orders/notes/client.html", context)


def _note(request: HttpRequest, number: int, pk: int) -> FiscalNote:
    visible = FiscalNote.objects.visible_to(scope_of(request).user)
    return get_object_or_404(visible, pk=pk, order__number=number)


@require_safe
def xml(request: HttpRequest, number: int, note: int) -> HttpResponseBase:
    """The note's XML, to keep: it is the document itself."""
    return note_files.serve_xml(request, _note(request, number, note))


@require_safe
def event_xml(request: HttpRequest, number: int, note: int, event: int) -> HttpResponseBase:
    """The XML of what happened to the note, to keep beside it."""
    kept = _note(request, number, note).events.exclude(file_key="")
    return note_files.serve_event_xml(request, get_object_or_404(kept, pk=event))


@require_safe
def pdf(request: HttpRequest, number: int, note: int) -> HttpResponseBase:
    """The note on paper."""
    if limited(request, "note-pdf", str(scope_of(request).user.pk)):
        return too_many(request, "note-pdf")
    return pdf_answer(request, _note(request, number, note), back="orders:notes", args=[number])
