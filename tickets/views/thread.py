"""One order as its client or guest sees it: the thread, an answer, copies, the end."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.decorators import guests_welcome
from portal.accounts.limits import limited, too_many
from portal.accounts.visits import Visit
from portal.files.services import serve
from portal.transitions import IllegalTransition
from portal.ui.views import confirmed
from tickets.forms.clients import CopyForm, RatingForm, ReplyForm
from tickets.models import Attachment, Entry, Participant, Ticket
from tickets.services import clients, life, prose
from tickets.services.thread import AlreadySaid, Said
from tickets.services.uploads import store_all
from tickets.views.keys import key_of


@require_safe
@guests_welcome
def order(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    ticket = _ticket(request, number, visit)
    if ticket.merged_into and visit is None:
        return redirect(ticket.merged_into)
    return _page(request, ticket, visit, ReplyForm())


@require_POST
@guests_welcome
def reply(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    ticket = _ticket(request, number, visit)
    person = _me(request, ticket, visit)
    if person is None:
        raise PermissionDenied
    form = ReplyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, ticket, visit, form, status=422)
    if limited(request, "ticket-reply", f"{person.pk}"):
        return too_many(request, "ticket-reply")
    values = form.cleaned_data
    text, html = prose.said_in(values["message"], values["html"])
    said = Said(
        kind=Entry.Kind.CLIENT, text=text, html=html, author=person.name or person.email,
        user=person.user, participant=person, source=Ticket.Source.WEB,
        key=key_of(request, f"reply:{ticket.pk}"), files=store_all(values["attachments"]),
    )  # fmt: skip
    try:
        found = clients.answer(ticket, said, at=timezone.now())
    except AlreadySaid as already:
        found = already.entry.ticket
    messages.success(request, _said(ticket, found))
    return redirect(found)


@require_http_methods(["GET", "HEAD", "POST"])
@guests_welcome
def solved(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    """“Meu problema foi resolvido”."""
    ticket = _ticket(request, number, visit)
    if _me(request, ticket, visit) is None:
        raise PermissionDenied

    return confirmed(
        request, "tickets/solved.html", {"ticket": ticket},
        lambda: clients.is_solved(ticket, by=_user(request), at=timezone.now()),
        to=ticket.get_absolute_url(), done=_("Thank you. How was it?"), refused=(IllegalTransition,),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@guests_welcome
def rate(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    ticket = _ticket(request, number, visit)
    if _me(request, ticket, visit) is None or not clients.may_rate(ticket):
        raise PermissionDenied
    form = RatingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        clients.rate(
            ticket, values["rating"], values["comment"], by=_user(request), at=timezone.now()
        )
        messages.success(request, _("Thank you: what you say helps us do better."))
        return redirect(ticket)
    return render(request, "tickets/rate.html", {"ticket": ticket, "form": form})


@require_POST
@guests_welcome
def participants(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    """Add somebody in copy, or take them out."""
    ticket = _ticket(request, number, visit)
    person = _me(request, ticket, visit)
    if person is None or person.role != Participant.Role.REQUESTER:
        raise PermissionDenied
    if limited(request, "ticket-copy", f"{ticket.pk}"):
        return too_many(request, "ticket-copy")
    if pk := request.POST.get("remove", ""):
        copy = get_object_or_404(clients.copies(ticket), pk=pk if pk.isdecimal() else 0)
        clients.remove_copy(copy, by=_user(request), at=timezone.now())
        return redirect(ticket)
    form = CopyForm(request.POST)
    if not form.is_valid():
        return _page(request, ticket, visit, ReplyForm(), status=422, copy_form=form)
    clients.add_copy(
        ticket, form.cleaned_data["email"], form.cleaned_data["name"], by=_user(request),
        at=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("From now on this person reads and may answer, too."))
    return redirect(ticket)


@require_safe
@guests_welcome
def attachment(request: HttpRequest, number: str, pk: int, visit: Visit | None) -> HttpResponseBase:
    ticket = _ticket(request, number, visit)
    files = Attachment.objects.filter(entry__ticket=ticket)
    if not request.user.is_staff:
        files = files.exclude(entry__kind=Entry.Kind.NOTE).exclude(entry__held=True)
    file = get_object_or_404(files, pk=pk)
    return serve(
        request, file.file_key, name=file.name, content_type=file.content_type,
        inline=file.inline or "inline" in request.GET, sha256=file.sha256, size=file.size,
    )  # fmt: skip


def _ticket(request: HttpRequest, number: str, visit: Visit | None) -> Ticket:
    visible = Ticket.objects.visible_to(request.user, at=timezone.now(), visit=visit)
    return get_object_or_404(visible.select_related("department__desk", "topic"), number=number)


def _me(request: HttpRequest, ticket: Ticket, visit: Visit | None) -> Participant | None:
    """Who of its participants this is; None for who only looks on."""
    people = ticket.participants.in_force()
    if visit is not None:
        return people.filter(email=visit.email).first()
    if request.user.is_staff:
        return None
    return people.of_user(request.user).order_by("-role").first()


def _user(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None


def _page(
    request: HttpRequest, ticket: Ticket, visit: Visit | None, form: ReplyForm, *,
    status: int = 200, copy_form: CopyForm | None = None,
) -> HttpResponse:  # fmt: skip
    if request.user.is_staff and visit is None:
        raise Http404
    entries = ticket.entries.exclude(kind=Entry.Kind.NOTE).exclude(held=True)
    me = _me(request, ticket, visit)
    context = {
        "ticket": ticket, "entries": entries.prefetch_related("attachments"), "form": form, "me": me,
        "copies": clients.copies(ticket), "copy_form": copy_form or CopyForm(),
        "fields": clients.shown_fields(ticket), "may_rate": clients.may_rate(ticket),
        "opens_anew": not life.may_reopen(ticket, at=timezone.now()), "visit": visit,
    }  # fmt: skip
    return render(request, "tickets/order.html", context, status=status)


def _said(ticket: Ticket, found: Ticket) -> str:
    if found.pk == ticket.pk:
        return _("Your answer was sent.")
    return _("The order was closed long ago: your answer opened a new one, which refers to it.")
