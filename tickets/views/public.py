"""Pages without an account: what the desk is, the status of an order, a new order, its link."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.limits import TooMany, limited, too_many, too_often
from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.accounts.views.codes import NEW_CODE, typed_so_far
from portal.bodies import takes_files
from portal.files.services import FileGone
from portal.ui.once import Done, once
from tickets.forms.clients import OrderForm, StatusForm, StrangerForm
from tickets.forms.files import OF_STRANGERS
from tickets.models import Entry, Ticket, Topic
from tickets.services import life, opening, prose, status
from tickets.services.places import places_of
from tickets.services.thread import AlreadySaid, Said
from tickets.services.uploads import store_all
from tickets.views.attached import files_are_gone, holder_of, keep_files
from tickets.views.keys import form_key, said_already

# What a form may bring: more than it accepts, so that it says itself what was too large.
TAKEN = 2 * OF_STRANGERS


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "tickets/home.html", {"form": StatusForm(initial=_known(request))})


@login_not_required
@never_cache
@require_POST
@once
def ask_status(request: HttpRequest) -> HttpResponse:
    """The same answer whether or not there is such an order: a job decides whether mail leaves."""
    form = StatusForm(request.POST)
    if not form.is_valid():
        return render(request, "tickets/home.html", {"form": form}, status=422)
    if limited(request, "ticket-status"):
        return too_many(request, "ticket-status")
    email = form.cleaned_data["email"]
    if not limited(request, "ticket-status-mail", email):
        status.ask_for_link(email, form.cleaned_data["number"])
    return Done(request, reverse("tickets:status_sent"))


@login_not_required
@require_safe
def status_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "tickets/status_sent.html")


@login_not_required
@require_safe
def choose_topic(request: HttpRequest) -> HttpResponse:
    if request.user.is_staff:
        return redirect("tickets:queue")
    topics = Topic.objects.offered().order_by("department__desk__name", "order", "name")
    return render(request, "tickets/topics.html", {"topics": topics})


@login_not_required
@never_cache
@takes_files(TAKEN)
@require_http_methods(["GET", "HEAD", "POST"])
def open_order(request: HttpRequest, topic: int) -> HttpResponse:
    chosen = get_object_or_404(Topic.objects.select_related("department__desk"), pk=topic)
    if answer := _without_form(request, chosen):
        return answer
    form = _form(request, chosen)
    if request.method == "POST" and NEW_CODE not in request.POST and form.is_valid():
        try:
            return _opened(request, chosen, form)
        except FileGone:
            files_are_gone(form)
        except TooMany as many:
            form.add_error(None, too_often(many.action))
            return _not_opened(request, chosen, form, status=429)
    bad = request.method == "POST" and bool(form.errors)
    return _not_opened(request, chosen, form, status=422 if bad else 200)


def _not_opened(
    request: HttpRequest, topic: Topic, form: OrderForm, *, status: int
) -> HttpResponse:
    """The form; a sent one with all that was typed, and its files."""
    if request.method == "POST":
        keep_files(request, form, "open")
    return render(request, "tickets/open.html", {"form": form, "topic": topic}, status=status)


@login_not_required
@require_safe
def confirmation_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "tickets/confirmation_sent.html")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, POST confirms: programs that scan mail follow links, too. Who comes again
    reads the number again."""
    if limited(request, "link"):
        return too_many(request, "link")
    at = timezone.now()
    try:
        if request.method == "POST":
            ticket = life.confirm(token, at=at, request=request)
            return render(request, "tickets/confirmed.html", {"ticket": ticket})
        return render(request, "tickets/confirm.html", {"ticket": life.waiting_for(token, at=at)})
    except life.LinkOver:
        if again := life.confirmed_by(token, at=at):
            return render(request, "tickets/confirmed.html", {"ticket": again})
        return render(request, "tickets/confirm_over.html", status=410)


def _without_form(request: HttpRequest, topic: Topic) -> HttpResponse | None:
    """For agents, who register orders elsewhere; for a subject that was closed meanwhile; for
    somebody without an e-mail, who could not be answered; and for the same form again, whose
    security code was used up."""
    user = request.user
    if user.is_staff:
        return redirect("tickets:queue")
    if not Topic.objects.offered().filter(pk=topic.pk).exists():
        messages.info(request, _("This subject is no longer offered: choose another one."))
        return redirect("tickets:open")
    if isinstance(user, User) and not user.email:
        return render(request, "tickets/no_email.html", status=403)
    sent = said_already(request, f"open:{topic.pk}") if request.method == "POST" else None
    return _done(request, sent.ticket) if sent else None


def _known(request: HttpRequest) -> dict[str, str]:
    return {"email": request.user.email or ""} if isinstance(request.user, User) else {}


def _form(request: HttpRequest, topic: Topic) -> OrderForm:
    renewing = NEW_CODE in request.POST
    data = None if renewing else request.POST or None
    files = request.FILES or None
    given: dict[str, Any] = {"topic": topic, "holder": holder_of(request, "open")}
    initial: dict[str, Any] = {"subject": topic.name, **(typed_so_far(request) if renewing else {})}
    if not request.user.is_authenticated:
        return StrangerForm(data, files, initial=initial, **given)
    scope = scope_of(request)
    places = places_of(scope.user, at=timezone.now())
    chosen = scope.chosen
    initial["place"] = chosen.unit or chosen.company
    return OrderForm(data, files, user=scope.user, places=places, initial=initial, **given)


def _opened(request: HttpRequest, topic: Topic, form: OrderForm) -> HttpResponse:
    """Open the order, or have a stranger confirm it first. The same form again is the same order.

    Raises TooMany.
    """
    known = request.user.is_authenticated
    action = "ticket-open" if known else "ticket-open-stranger"
    if limited(request, action, *([str(request.user.pk)] if known else [])):
        raise TooMany(action)
    if not known and limited(request, "ticket-confirm-mail", form.cleaned_data["email"]):
        raise TooMany("ticket-confirm-mail")
    make = opening.open_ticket if known else opening.open_unconfirmed
    try:
        ticket = make(_new_ticket(request, topic, form), at=timezone.now())
    except AlreadySaid as already:
        ticket = already.entry.ticket
    return _done(request, ticket)


def _done(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    if not request.user.is_authenticated:
        return Done(request, reverse("tickets:confirmation_sent"))
    said = _("O.S. %(number)s was opened. We have sent the number to your e-mail.")
    return Done(request, ticket.get_absolute_url(), said % {"number": ticket.number})


def _new_ticket(request: HttpRequest, topic: Topic, form: OrderForm) -> opening.NewTicket:
    values = form.cleaned_data
    person = _person(request, values)
    text, html = prose.said_in(values["message"], values["html"])
    return opening.NewTicket(
        source=Ticket.Source.WEB, department=topic.department, topic=topic,
        subject=values["subject"], person=person, values=form.values(), **form.place,
        said=Said(
            kind=Entry.Kind.CLIENT, text=text, html=html, author=person.name, user=person.user,
            source=Ticket.Source.WEB, key=form_key(request, f"open:{topic.pk}"),
            files=store_all(values["attachments"]),
        ),
    )  # fmt: skip


def _person(request: HttpRequest, values: dict[str, Any]) -> opening.Person:
    user = request.user
    if isinstance(user, User):
        return opening.Person(
            name=user.name, email=user.email or "", phone=user.phone,
            phone_extension=user.phone_extension, user=user,
        )  # fmt: skip
    return opening.Person(
        name=values["name"], email=values["email"], phone=values["phone"],
        phone_extension=values["phone_extension"],
    )  # fmt: skip
