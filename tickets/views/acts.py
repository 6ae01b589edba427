"""What agents do with one order beside writing: each leads back to its page."""

from collections.abc import Callable

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
    AssignForm,
    CloseForm,
    FieldsForm,
    MergeForm,
    PriorityForm,
    TransferForm,
)
from tickets.models import Ticket
from tickets.models.tickets import ACT
from tickets.services import acts, life
from tickets.services.answers import NotPossible
from tickets.services.merging import merge as merge_into
from tickets.views.desk import show, ticket_of
from tickets.views.walk import queue_of, suffix_of, walk_of

REFUSED = (IllegalTransition, NotPossible)


@staff_required(*ACT)
@require_POST
def assign(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    form = AssignForm(request.POST, ticket=ticket)
    if not form.is_valid():
        return show(request, ticket, status=422, assign_form=form)
    to = user if "mine" in request.POST else form.cleaned_data["agent"]
    shown = form.cleaned_data["shown"]
    done = _("It is yours.") if to == user else _("Assigned to %(to)s.") % {"to": to}
    return _done(
        request, ticket, lambda: acts.assign(ticket, to, by=user, at=timezone.now(), shown=shown),
        done if to else _("It is back in the queue."),
    )  # fmt: skip


@staff_required(*ACT)
@require_POST
def transfer(request: HttpRequest, number: str) -> HttpResponse:
    """To any department; who does not belong to it sees the order no more."""
    ticket, user = ticket_of(request, number), scope_of(request).user
    form = TransferForm(request.POST, ticket=ticket)
    if not form.is_valid():
        return show(request, ticket, status=422, transfer_form=form)
    values, walk = form.cleaned_data, walk_of(request, ticket)
    back = _done(
        request, ticket,
        lambda: acts.transfer(
            ticket, values["department"], by=user, at=timezone.now(), note=values["note"],
            shown=values["shown"],
        ),
        _("The order went to %(department)s.") % {"department": values["department"]},
    )  # fmt: skip
    seen = Ticket.objects.visible_to(user, at=timezone.now()).filter(pk=ticket.pk).exists()
    return back if seen else redirect(walk.next_url)


@staff_required(*ACT)
@require_POST
def priority(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    form = PriorityForm(request.POST, ticket=ticket)
    if not form.is_valid():
        return show(request, ticket, status=422, priority_form=form)
    to, shown = form.cleaned_data["priority"], form.cleaned_data["shown"] or acts.ANY
    return _done(
        request, ticket,
        lambda: acts.set_priority(ticket, to, by=user, at=timezone.now(), shown=shown),
        _("The priority was set."),
    )  # fmt: skip


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def fields(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    form = FieldsForm(request.POST or None, ticket=ticket)
    if request.method != "POST" or not form.is_valid():
        return render(request, "tickets/desk/fields.html", _asked(request, ticket, form=form))
    values, subject = form.values(), form.cleaned_data["subject"]
    return _done(
        request, ticket,
        lambda: acts.set_fields(
            ticket, values, subject=subject, by=user, at=timezone.now(),
            shown=form.cleaned_data["shown"],
        ),
        _("Corrected."),
    )  # fmt: skip


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    form = CloseForm(request.POST or None)
    return confirmed(
        request, "tickets/desk/close.html", _asked(request, ticket),
        lambda: life.close(
            ticket, by=user, reason=form.cleaned_data["reason"], at=timezone.now(), request=request
        ),
        to=_back(request, ticket), done=_("The order was closed."), form=form, refused=REFUSED,
    )  # fmt: skip


@staff_required(*ACT)
@require_POST
def reopen(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    return _done(
        request, ticket, lambda: life.reopen(ticket, by=user, at=timezone.now(), request=request),
        _("It is open again."),
    )  # fmt: skip


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def spam(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    return confirmed(
        request, "tickets/desk/spam.html", _asked(request, ticket),
        lambda: life.mark_spam(ticket, by=user, at=timezone.now(), request=request),
        to=_back(request, ticket), done=_("Marked as spam. Nobody was told."), refused=REFUSED,
    )  # fmt: skip


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def not_spam(request: HttpRequest, number: str) -> HttpResponse:
    ticket, user = ticket_of(request, number), scope_of(request).user
    return confirmed(
        request, "tickets/desk/not_spam.html", _asked(request, ticket),
        lambda: life.not_spam(ticket, by=user, at=timezone.now(), request=request),
        to=_back(request, ticket), done=_("It is back in the queue."), refused=REFUSED,
    )  # fmt: skip


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, number: str) -> HttpResponse:
    """Others into this one. Finds and ticks first, then asks; what is merged stays so."""
    ticket, user = ticket_of(request, number), scope_of(request).user
    visible = Ticket.objects.visible_to(user, at=timezone.now())
    form = MergeForm(request.POST or None, ticket=ticket, visible=visible)
    if request.method != "POST" or "find" in request.POST or not form.is_valid():
        return render(request, "tickets/desk/merge.html", _asked(request, ticket, form=form))
    chosen = list(form.cleaned_data["tickets"])
    if "sure" not in request.POST:
        of_others = any(one.email != ticket.email for one in chosen)
        context = _asked(request, ticket, form=form, chosen=chosen, is_of_others=of_others)
        return render(request, "tickets/desk/merge_sure.html", context)
    return _done(
        request, ticket,
        lambda: merge_into(chosen, ticket, by=user, at=timezone.now(), request=request),
        _("Merged: all of it stands here now."),
    )  # fmt: skip


@staff_required(*ACT)
@require_POST
def take_in(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """An answer that was held is the person's."""
    ticket, user = ticket_of(request, number), scope_of(request).user
    entry = get_object_or_404(ticket.entries, pk=pk)
    return _done(
        request, ticket, lambda: acts.take_in(entry, by=user, at=timezone.now()),
        _("The answer was taken in."),
    )  # fmt: skip


@staff_required(*ACT)
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """An answer that was held is somebody else's: asks before it is deleted."""
    ticket, user = ticket_of(request, number), scope_of(request).user
    entry = get_object_or_404(ticket.entries.filter(held=True), pk=pk)
    return confirmed(
        request, "tickets/desk/discard.html", _asked(request, ticket, entry=entry),
        lambda: acts.discard(entry, by=user, at=timezone.now()),
        to=_back(request, ticket), done=_("The answer was discarded."), refused=REFUSED,
    )  # fmt: skip


def _back(request: HttpRequest, ticket: Ticket) -> str:
    return ticket.desk_url + suffix_of(request)


def _asked(request: HttpRequest, ticket: Ticket, **more: object) -> dict[str, object]:
    """What the pages that ask something show."""
    back = _back(request, ticket)
    return {"ticket": ticket, "back": back, "queue": queue_of(request), **more}


def _done(
    request: HttpRequest, ticket: Ticket, act: Callable[[], object], word: str
) -> HttpResponse:
    """Do it, say so, and go back; who comes second is told what is true now."""
    try:
        act()
    except REFUSED as error:
        messages.error(request, str(error))
    else:
        messages.success(request, word)
    return redirect(_back(request, ticket))
