"""Pages without an account: what the desk is, the status of an order, a new order, its link."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.limits import limited, too_many
from portal.accounts.models import Unit, User
from portal.accounts.scope import scope_of
from portal.accounts.views.codes import NEW_CODE, typed_so_far
from portal.bodies import takes_files
from portal.ui.once import Done
from tickets.forms.clients import OrderForm, StatusForm, StrangerForm
from tickets.forms.files import OF_STRANGERS
from tickets.models import Entry, Ticket, Topic
from tickets.models.tickets import SERVICE
from tickets.services import life, opening, prose, status
from tickets.services.thread import AlreadySaid, Said
from tickets.services.uploads import store_all
from tickets.views.keys import key_of


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "tickets/home.html", {"form": StatusForm(initial=_known(request))})


@login_not_required
@never_cache
@require_http_methods(["POST"])
def ask_status(request: HttpRequest) -> HttpResponse:
    """The same answer whether or not there is such an order: a job decides whether mail leaves."""
    if limited(request, "ticket-status"):
        return too_many(request, "ticket-status")
    form = StatusForm(request.POST)
    if not form.is_valid():
        return render(request, "tickets/home.html", {"form": form}, status=422)
    status.ask_for_link(form.cleaned_data["email"], form.cleaned_data["number"])
    return Done(request, reverse("tickets:status_sent"))


@login_not_required
@require_safe
def status_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "tickets/status_sent.html")


@login_not_required
@require_safe
def choose_topic(request: HttpRequest) -> HttpResponse:
    topics = _offered().order_by("department__desk__name", "order", "name")
    return render(request, "tickets/topics.html", {"topics": topics})


@login_not_required
@never_cache
@takes_files(OF_STRANGERS)
@require_http_methods(["GET", "HEAD", "POST"])
def open_order(request: HttpRequest, topic: int) -> HttpResponse:
    chosen = get_object_or_404(_offered(), pk=topic)
    form = _form(request, chosen)
    context = {"form": form, "topic": chosen}
    if request.method != "POST" or NEW_CODE in request.POST or not form.is_valid():
        return render(request, "tickets/open.html", context)
    action = "ticket-open" if request.user.is_authenticated else "ticket-open-stranger"
    if limited(request, action, *_limit_key(request)):
        return too_many(request, action)
    new = _new_ticket(request, chosen, form)
    make = opening.open_ticket if request.user.is_authenticated else opening.open_unconfirmed
    try:
        ticket = make(new, at=timezone.now())
    except AlreadySaid as already:
        ticket = already.entry.ticket
    if ticket.status == Ticket.Status.UNCONFIRMED:
        return Done(request, reverse("tickets:confirmation_sent"))
    return Done(request, ticket.get_absolute_url())


@login_not_required
@require_safe
def confirmation_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "tickets/confirmation_sent.html")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, POST confirms: programs that scan mail follow links, too."""
    if limited(request, "link"):
        return too_many(request, "link")
    at = timezone.now()
    try:
        if request.method == "POST":
            ticket = life.confirm(token, at=at, request=request)
            return render(request, "tickets/confirmed.html", {"ticket": ticket})
        return render(request, "tickets/confirm.html", {"ticket": life.waiting_for(token, at=at)})
    except life.LinkOver:
        return render(request, "tickets/confirm_over.html", status=410)


def _offered() -> Any:
    return Topic.objects.filter(
        is_active=True, is_public=True, department__is_active=True
    ).select_related("department__desk")


def _known(request: HttpRequest) -> dict[str, str]:
    return {"email": request.user.email or ""} if isinstance(request.user, User) else {}


def _limit_key(request: HttpRequest) -> list[str]:
    return [str(request.user.pk)] if request.user.is_authenticated else []


def _form(request: HttpRequest, topic: Topic) -> OrderForm:
    renewing = NEW_CODE in request.POST
    data = None if renewing else request.POST or None
    files = request.FILES or None
    initial: dict[str, Any] = {"subject": topic.name, **(typed_so_far(request) if renewing else {})}
    if not request.user.is_authenticated:
        return StrangerForm(data, files, topic=topic, initial=initial)
    if request.user.is_staff:
        raise Http404
    scope = scope_of(request)
    units = Unit.objects.visible_to(scope.user, at=timezone.now(), service=SERVICE)
    initial |= {"unit": scope.chosen.unit} if getattr(scope.chosen, "unit", None) else {}
    return OrderForm(data, files, topic=topic, units=units, initial=initial)


def _new_ticket(request: HttpRequest, topic: Topic, form: OrderForm) -> opening.NewTicket:
    values = form.cleaned_data
    person = _person(request, values)
    text, html = prose.said_in(values["message"], values["html"])
    unit = values.get("unit")
    return opening.NewTicket(
        source=Ticket.Source.WEB, department=topic.department, topic=topic,
        subject=values["subject"], person=person, values=form.values(), unit=unit,
        company=unit.company if unit else None,
        said=Said(
            kind=Entry.Kind.CLIENT, text=text, html=html, author=person.name, user=person.user,
            source=Ticket.Source.WEB, key=key_of(request, f"open:{topic.pk}"),
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
