"""What agents do with one order: each is one POST, which leads back to its page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.transitions import IllegalTransition
from portal.ui.views import confirmed
from tickets.forms.agents import (
    AnswerForm,
    AssignForm,
    CloseForm,
    FieldsForm,
    MergeForm,
    NoteForm,
    PriorityForm,
    TransferForm,
)
from tickets.models import Draft, Entry, Ticket
from tickets.models.tickets import VIEW
from tickets.services import acts, life, prose
from tickets.services.acts import NotPossible
from tickets.services.thread import AlreadySaid, Said
from tickets.services.uploads import store_all
from tickets.views.desk import show, ticket_of
from tickets.views.keys import key_of

ACT = (VIEW, "tickets.change_ticket")
REFUSED = (IllegalTransition, NotPossible)


@staff_required(*ACT)
@require_POST
def reply(request: HttpRequest, number: str) -> HttpResponse:
    """What came meanwhile is shown before the answer leaves; what was written stays."""
    ticket = ticket_of(request, number)
    form = AnswerForm(request.POST, request.FILES, ticket=ticket)
    if not form.is_valid():
        return show(request, ticket, status=422, answer_form=form)
    if "anyway" not in request.POST and (new := list(form.came_meanwhile())):
        return show(request, ticket, status=409, answer_form=form, came_meanwhile=new)
    said = _said(request, ticket, Entry.Kind.AGENT, form.cleaned_data)
    to = Ticket.Status(form.cleaned_data["to"])
    with_word = _("The answer was sent.")
    _try(request, lambda: life.agent_answers(ticket, said, to=to, at=timezone.now()), with_word)
    Draft.objects.filter(ticket=ticket, user=scope_of(request).user, is_note=False).delete()
    return redirect(ticket.desk_url)


@staff_required(*ACT)
@require_POST
def note(request: HttpRequest, number: str) -> HttpResponse:
    ticket = ticket_of(request, number)
    form = NoteForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, ticket, status=422, note_form=form)
    said = _said(request, ticket, Entry.Kind.NOTE, form.cleaned_data)
    _try(request, lambda: life.note(ticket, said, at=timezone.now()), _("The note was added."))
    return redirect(ticket.desk_url)


@staff_required(*ACT)
@require_POST
def assign(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    if "mine" in request.POST:
        return _done(request, ticket, lambda: acts.assign(ticket, user, by=user, at=timezone.now()))
    form = AssignForm(request.POST, ticket=ticket)
    if not form.is_valid():
        return show(request, ticket, status=422, assign_form=form)
    to = form.cleaned_data["agent"]
    return _done(request, ticket, lambda: acts.assign(ticket, to, by=user, at=timezone.now()))


@staff_required(*ACT)
@require_POST
def transfer(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    form = TransferForm(request.POST, ticket=ticket)
    if not form.is_valid():
        return show(request, ticket, status=422, transfer_form=form)
    to, why = form.cleaned_data["department"], form.cleaned_data["note"]
    _try(
        request, lambda: acts.transfer(ticket, to, by=user, at=timezone.now(), note=why),
        _("The order went to %(department)s.") % {"department": to},
    )  # fmt: skip
    seen = Ticket.objects.visible_to(user, at=timezone.now()).filter(pk=ticket.pk).exists()
    return redirect(ticket.desk_url if seen else "tickets:queue")


@staff_required(*ACT)
@require_POST
def priority(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    form = PriorityForm(request.POST)
    if not form.is_valid():
        return show(request, ticket, status=422, priority_form=form)
    to = form.cleaned_data["priority"]
    return _done(request, ticket, lambda: acts.set_priority(ticket, to, by=user, at=timezone.now()))


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def fields(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    form = FieldsForm(request.POST or None, ticket=ticket)
    if request.method != "POST" or not form.is_valid():
        return render(request, "tickets/desk/fields.html", {"ticket": ticket, "form": form})
    acts.set_fields(
        ticket, form.values(), subject=form.cleaned_data["subject"], by=user, at=timezone.now()
    )
    return redirect(ticket.desk_url)


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    form = CloseForm(request.POST or None)
    return confirmed(
        request, "tickets/desk/close.html", {"ticket": ticket},
        lambda: life.close(
            ticket, by=user, reason=form.cleaned_data["reason"], at=timezone.now(), request=request
        ),
        to=ticket.desk_url, done=_("The order was closed."), form=form, refused=REFUSED,
    )  # fmt: skip


@staff_required(*ACT)
@require_POST
def reopen(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    return _done(
        request, ticket, lambda: life.reopen(ticket, by=user, at=timezone.now(), request=request)
    )


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def spam(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    return confirmed(
        request, "tickets/desk/spam.html", {"ticket": ticket},
        lambda: life.mark_spam(ticket, by=user, at=timezone.now(), request=request),
        to=ticket.desk_url, done=_("Marked as spam. Nobody was told."), refused=REFUSED,
    )  # fmt: skip


@staff_required(*ACT)
@require_POST
def not_spam(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    return _done(
        request, ticket, lambda: life.not_spam(ticket, by=user, at=timezone.now(), request=request)
    )


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, number: str) -> HttpResponse:
    """Asks first: what is merged stays so."""
    ticket, user = ticket_of(request, number), scope_of(request).user
    visible = Ticket.objects.visible_to(user, at=timezone.now()).exclude(pk=ticket.pk)
    form = MergeForm(request.POST or None, visible=visible)

    def act() -> str:
        into = form.cleaned_data["into"]
        acts.merge([ticket], into, by=user, at=timezone.now(), request=request)
        return _("Merged into %(number)s.") % {"number": into.number}

    return confirmed(
        request, "tickets/desk/merge.html", {"ticket": ticket}, act, to=ticket.desk_url, form=form,
        refused=REFUSED,
    )  # fmt: skip


@staff_required(*ACT)
@require_POST
def decide_held(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """An answer that was held: taken in, or discarded."""
    ticket, user = ticket_of(request, number), scope_of(request).user
    entry = get_object_or_404(ticket.entries.filter(held=True), pk=pk)
    act = acts.discard if "discard" in request.POST else acts.take_in
    return _done(request, ticket, lambda: act(entry, by=user, at=timezone.now()))


def _said(request: HttpRequest, ticket: Ticket, kind: Entry.Kind, values: dict[str, Any]) -> Said:
    user = scope_of(request).user
    text, html = prose.said_in(values["message"], values["html"])
    return Said(
        kind=kind, text=text, html=html, author=user.name, user=user, source=Ticket.Source.WEB,
        key=key_of(request, f"{kind}:{ticket.pk}"), files=store_all(values["attachments"]),
    )  # fmt: skip


def _done(request: HttpRequest, ticket: Ticket, act: Callable[[], object]) -> HttpResponse:
    _try(request, act, _("Done."))
    return redirect(ticket.desk_url)


def _try(request: HttpRequest, act: Callable[[], object], word: str) -> None:
    """Do it and say so; who comes second is told what is true now."""
    try:
        act()
    except AlreadySaid:
        messages.success(request, word)
    except REFUSED as error:
        messages.error(request, str(error))
    else:
        messages.success(request, word)
