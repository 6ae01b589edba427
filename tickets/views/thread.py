"""One order as its client or guest sees it: the thread, an answer, copies, the end."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.decorators import guests_welcome
from portal.accounts.limits import limited, too_many, too_often
from portal.accounts.visits import Visit, begin_visit
from portal.bodies import takes_files
from portal.files.services import FileGone, serve
from portal.requests import key_of
from portal.ui.views import confirmed
from tickets.forms.clients import CopyForm, RatingForm, ReplyForm
from tickets.forms.files import OF_STRANGERS
from tickets.models import Attachment, Entry, Participant, Ticket
from tickets.services import clients, life, prose, showing
from tickets.services.thread import AlreadySaid, Said
from tickets.services.uploads import store_all
from tickets.views.attached import files_are_gone, holder_of, keep_files
from tickets.views.keys import form_key, said_already


@guests_welcome
@require_safe
def order(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    ticket = _ticket(request, number, visit)
    if request.user.is_staff:
        return redirect(ticket.desk_url)
    if ticket.merged_into:
        return _go_to(request, ticket.merged_into, visit)
    return _page(request, ticket, visit)


@guests_welcome
@takes_files(2 * OF_STRANGERS)
@require_POST
def reply(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    ticket = _ticket(request, number, visit)
    person = _taking_part(request, ticket, visit)
    form = _reply_form(visit, request.POST, request.FILES, holder=holder_of(request, "reply"))
    if not form.is_valid():
        if sent := said_already(request, f"reply:{ticket.pk}"):
            return _sent(request, ticket, sent.ticket, visit)
        return _refused(request, ticket, visit, form)
    if limited(request, "ticket-reply", f"{person.pk}"):
        form.add_error(None, too_often("ticket-reply"))
        return _refused(request, ticket, visit, form, status=429)
    try:
        found = clients.answer(ticket, _said(request, ticket, person, form), at=timezone.now())
    except AlreadySaid as already:
        found = already.entry.ticket
    except FileGone:
        files_are_gone(form)
        return _refused(request, ticket, visit, form)
    return _sent(request, ticket, found, visit)


def _refused(
    request: HttpRequest, ticket: Ticket, visit: Visit | None, form: ReplyForm, *, status: int = 422
) -> HttpResponse:
    keep_files(request, form, "reply")
    return _page(request, ticket, visit, form=form, status=status)


def _sent(request: HttpRequest, ticket: Ticket, found: Ticket, visit: Visit | None) -> HttpResponse:
    """Where the answer went: into the order, or into a new one that follows it."""
    if found.pk == ticket.pk:
        messages.success(request, _("Your answer was sent."))
    else:
        said = _("Your answer opened a new order, number %(number)s, which refers to the old one.")
        messages.success(request, said % {"number": found.number})
    return _go_to(request, found, visit)


@guests_welcome
@require_http_methods(["GET", "HEAD", "POST"])
def solved(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    """“Meu problema foi resolvido”: then how it was is asked."""
    ticket = _ticket(request, number, visit)
    _taking_part(request, ticket, visit)
    if not ticket.is_unfinished:
        return redirect(ticket)
    return confirmed(
        request, "tickets/solved.html", {"ticket": ticket},
        lambda: clients.is_solved(ticket, by=_user(request), at=timezone.now()),
        to=reverse("tickets:rate", args=[number]), done=_("Thank you for telling us."),
    )  # fmt: skip


@guests_welcome
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    ticket = _ticket(request, number, visit)
    _taking_part(request, ticket, visit)
    if not clients.may_rate(ticket):
        if ticket.rating is None:
            messages.info(request, _("You can rate the order once it is resolved."))
        return redirect(ticket)
    form = RatingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        clients.rate(
            ticket, values["rating"], values["comment"], by=_user(request), at=timezone.now()
        )
        messages.success(request, _("Thank you: what you say helps us do better."))
        return redirect(ticket)
    return render(request, "tickets/rate.html", {"ticket": ticket, "form": form})


@guests_welcome
@require_POST
def participants(request: HttpRequest, number: str, visit: Visit | None) -> HttpResponse:
    """Who asked puts somebody in copy or takes them out; who is in copy may leave."""
    ticket = _ticket(request, number, visit)
    person = _taking_part(request, ticket, visit)
    if pk := request.POST.get("remove", ""):
        copy = get_object_or_404(clients.copies(ticket), pk=key_of(pk))
        return _removed(request, ticket, person, copy)
    if person.role != Participant.Role.REQUESTER:
        raise PermissionDenied
    form = CopyForm(request.POST, auto_id="copy_%s")
    if not form.is_valid():
        return _page(request, ticket, visit, copy_form=form, status=422)
    if limited(request, "ticket-copy", f"{ticket.pk}"):
        return too_many(request, "ticket-copy")
    values = form.cleaned_data
    clients.add_copy(
        ticket, values["email"], values["name"], by=_user(request), author=str(person),
        at=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("From now on this person reads and may answer, too."))
    return redirect(f"{ticket.get_absolute_url()}#copias")


@guests_welcome
@require_safe
def attachment(request: HttpRequest, number: str, pk: int, visit: Visit | None) -> HttpResponseBase:
    """Pictures are shown where they stand; everything else is a download."""
    ticket = _ticket(request, number, visit)
    files = Attachment.objects.filter(entry__ticket=ticket)
    if not request.user.is_staff:
        files = files.exclude(entry__kind=Entry.Kind.NOTE).exclude(entry__held=True)
    file = get_object_or_404(files, pk=pk)
    return serve(
        request, file.file_key, name=file.name, content_type=file.content_type,
        inline=file.content_type in showing.PICTURES, sha256=file.sha256, size=file.size,
    )  # fmt: skip


def _ticket(request: HttpRequest, number: str, visit: Visit | None) -> Ticket:
    """The order with this number, if it is this person's to see; else 404."""
    visible = Ticket.objects.visible_to(request.user, at=timezone.now(), visit=visit)
    parts = ("department__desk", "topic", "company", "unit", "follows", "merged_into")
    return get_object_or_404(visible.select_related(*parts), number=number)


def _me(request: HttpRequest, ticket: Ticket, visit: Visit | None) -> Participant | None:
    """Who of its participants this is; None for who only looks on."""
    people = ticket.participants.in_force()
    if visit is not None:
        return people.filter(email=visit.email).first()
    if request.user.is_staff:
        return None
    return people.of_user(request.user).order_by("-role").first()


def _taking_part(request: HttpRequest, ticket: Ticket, visit: Visit | None) -> Participant:
    """The participant that this is; PermissionDenied for who only looks on."""
    if person := _me(request, ticket, visit):
        return person
    raise PermissionDenied


def _user(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None


def _go_to(request: HttpRequest, ticket: Ticket, visit: Visit | None) -> HttpResponse:
    """The page of an order; a guest's visit goes on there, if its address takes part in it."""
    if visit is not None and str(ticket.pk) != visit.object_pk:
        moved = replace(visit, object_pk=str(ticket.pk))
        if Ticket.objects.visible_to(request.user, visit=moved).exists():
            begin_visit(request, moved)
    return redirect(ticket)


def _removed(
    request: HttpRequest, ticket: Ticket, person: Participant, copy: Participant
) -> HttpResponse:
    leaving = copy.pk == person.pk
    if not leaving and person.role != Participant.Role.REQUESTER:
        raise PermissionDenied
    clients.remove_copy(copy, by=_user(request), at=timezone.now())
    if not leaving:
        messages.success(request, _("This person no longer takes part."))
        return redirect(f"{ticket.get_absolute_url()}#copias")
    messages.success(
        request, _("You no longer take part in the order, and get no more mail of it.")
    )
    return redirect("tickets:home")


def _reply_form(visit: Visit | None, *data: Any, holder: str = "") -> ReplyForm:
    """Guests, whom nobody knows, bring less than people with an account."""
    form = ReplyForm(*data, holder=holder)
    if visit is not None:
        form.attached.together = OF_STRANGERS
    return form


def _said(request: HttpRequest, ticket: Ticket, person: Participant, form: ReplyForm) -> Said:
    values = form.cleaned_data
    text, html = prose.said_in(values["message"], values["html"])
    return Said(
        kind=Entry.Kind.CLIENT, text=text, html=html, author=str(person), user=_user(request),
        participant=person, source=Ticket.Source.WEB, key=form_key(request, f"reply:{ticket.pk}"),
        files=store_all(values["attachments"]),
    )  # fmt: skip


def _page(
    request: HttpRequest, ticket: Ticket, visit: Visit | None, *, form: ReplyForm | None = None,
    copy_form: CopyForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    entries = ticket.entries.exclude(kind=Entry.Kind.NOTE).exclude(held=True)
    context = {
        "ticket": ticket, "entries": entries.prefetch_related("attachments"),
        "form": form or _reply_form(visit), "me": _me(request, ticket, visit),
        "copies": clients.copies(ticket), "copy_form": copy_form or CopyForm(auto_id="copy_%s"),
        "fields": clients.shown_fields(ticket), "may_rate": clients.may_rate(ticket),
        "opens_anew": not life.may_reopen(ticket, at=timezone.now()), "visit": visit,
        "continued": ticket.followed_by.for_clients().order_by("pk").first(),
    }  # fmt: skip
    return render(request, "tickets/order.html", context, status=status)
