"""A client's appointment: free times, the time that is held, and what is booked."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.forms.appointments import HoldForm, Looked, ReasonForm
from orders.models import Appointment, Order
from orders.services import agenda, appointments, holds, invites
from orders.services.agenda import Choice, NotOffered
from orders.services.appointments import By
from orders.services.holds import AlreadyElsewhere, HoldLapsed
from orders.services.life import NotPossible
from orders.services.offers import Service, offer_of
from orders.services.slots import Taken
from orders.services.timetable import timetable
from portal.accounts.limits import limited, too_many
from portal.accounts.scope import scope_of
from portal.transitions import IllegalTransition
from portal.ui.once import Done, once
from portal.ui.views import confirmed

REFUSED = (NotOffered, Taken, AlreadyElsewhere, HoldLapsed, NotPossible, IllegalTransition)


@require_safe
def appointment(request: HttpRequest, number: int) -> HttpResponse:
    """What is booked; where nothing is, the free times."""
    order = _order(request, number)
    found = appointments.live_of(order)
    if found is None:
        return _times(request, order)
    past = _past(order).exclude(pk=found.pk)
    return render(request, "orders/appointments/booked.html", {
        **_shown(order, found), "past": past[:10], "back": order.get_absolute_url(),
    })  # fmt: skip


@require_safe
def move(request: HttpRequest, number: int) -> HttpResponse:
    """The free times, to choose another one for what is booked."""
    order = _order(request, number)
    found = appointments.live_of(order)
    if found is None:
        return redirect("orders:appointment", number)
    try:
        appointments.check_movable(found, at=timezone.now())
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("orders:appointment", number)
    return _times(request, order, found)


@require_POST
def hold(request: HttpRequest, number: int) -> HttpResponse:
    """Keep the time that was pressed; what speaks against it is said above the times."""
    order, user, form = _order(request, number), scope_of(request).user, HoldForm(request.POST)
    if limited(request, "appointment-hold", str(user.pk)):
        return too_many(request, "appointment-hold")
    try:
        if not form.is_valid():
            raise NotPossible(
                " ".join(map(str, form.non_field_errors())) or _("Choose a day and a time.")
            )
        _check_offered(request, order)
        choice = Choice(
            place=form.cleaned_data["posto"], service=appointments.service_of(order),
            start=form.cleaned_data["start"],
        )  # fmt: skip
        holds.hold(order, choice, by=user, at=timezone.now())
    except REFUSED as error:
        messages.error(request, str(error))
        return redirect(_times_url(order, request.POST))
    return redirect("orders:appointment_confirm", number)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@once
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """The time that is held, how long yet, and "Confirmar"."""
    order, user, at = _order(request, number), scope_of(request).user, timezone.now()
    before = appointments.live_of(order)
    form = ReasonForm(request.POST or None) if before else None
    try:
        held = holds.held(order, user, at=at)
        if request.method == "POST" and (form is None or form.is_valid()):
            reason = form.cleaned_data["reason"] if form else ""
            appointments.confirm(order, By(user=user, at=at, reason=reason, request=request))
            done = _("Your appointment was moved.") if before else _("Your appointment is booked.")
            return Done(request, reverse("orders:appointment", args=[number]), done)
    except REFUSED as error:
        messages.error(request, str(error))
        return _back_to_times(request, order)
    return render(request, "orders/appointments/confirm.html", {
        **_shown(order, held), "before": before, "form": form,
        "left": max(1, -(-int((held.until - at).total_seconds()) // 60)),
        "until": held.until.astimezone(held.place.tz).replace(tzinfo=None),
    })  # fmt: skip


@require_POST
def release(request: HttpRequest, number: int) -> HttpResponse:
    """The person does not want the time that is held."""
    order = _order(request, number)
    holds.release(order, scope_of(request).user)
    return _back_to_times(request, order)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    order, user, at = _order(request, number), scope_of(request).user, timezone.now()
    found, form = appointments.live_of(order), ReasonForm(request.POST or None)
    page = reverse("orders:appointment", args=[number])
    try:
        if found is None:
            raise NotPossible(_("This appointment is over, or was cancelled."))
        appointments.check_cancellable(found, at=at)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect(page)
    return confirmed(
        request, "orders/appointments/cancel.html", {**_shown(order, found), "back": page},
        lambda: appointments.cancel_by_client(
            found, By(user=user, at=at, reason=form.cleaned_data["reason"], request=request)
        ),
        to=page, done=_("The appointment was cancelled."), form=form, refused=REFUSED,
    )  # fmt: skip


@require_safe
def download(request: HttpRequest, number: int) -> HttpResponse:
    """The appointment as a file for calendars."""
    order = _order(request, number)
    found = get_object_or_404(
        Appointment.objects.live().select_related("order", "place", "service"), order=order
    )
    to = (order.holder_name, order.holder_email)
    body = invites.as_calendar(found, "PUBLISH", to=to, at=timezone.now())
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="atendimento-{order.number}.ics"',
    })  # fmt: skip


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Cancels one appointment, and does nothing else, without an account."""
    found, at = invites.by_token(token), timezone.now()
    if found is None or not found.may_still_change(at):
        return render(request, "orders/appointments/link_over.html", {"appointment": found})
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reason = form.cleaned_data["reason"]
            appointments.cancel_by_client(
                found, By(user=None, at=at, reason=reason, request=request)
            )
        except REFUSED:
            return render(request, "orders/appointments/link_over.html", {"appointment": None})
        return render(request, "orders/appointments/link_done.html", {"appointment": found})
    return render(request, "orders/appointments/link.html", {"appointment": found, "form": form})


def _order(request: HttpRequest, number: int) -> Order:
    """The order as its client sees it; staff have the agenda."""
    visible = Order.objects.visible_to(scope_of(request).user, at=timezone.now())
    order = get_object_or_404(visible.select_related("product"), number=number)
    if request.user.is_staff:
        raise PermissionDenied
    return order


def _check_offered(request: HttpRequest, order: Order) -> None:
    """NotPossible, with the reason, unless the order offers this person an appointment now."""
    offer = offer_of(order, Service.APPOINTMENT, user=scope_of(request).user)
    if offer and not offer.is_offered:
        raise NotPossible(offer.text)
    appointments.check_bookable(order)


def _past(order: Order) -> QuerySet[Appointment]:
    """Every appointment of an order, the newest first."""
    rows = Appointment.objects.filter(order=order).select_related("place")
    return rows.order_by("-starts_at")


def _times(request: HttpRequest, order: Order, moving: Appointment | None = None) -> HttpResponse:
    at = timezone.now()
    context: dict[str, Any] = {"order": order, "moving": moving, "here": request.path}
    try:
        _check_offered(request, order)
        service = appointments.service_of(order)
    except NotPossible as error:
        context |= {"why": str(error), "past": _past(order)[:10]}
        return render(request, "orders/appointments/none.html", context)
    places = agenda.places_for(service)
    asked = Looked(request.GET, places, present=moving.place_id if moving else None)
    if asked.place:
        found = timetable(asked.place, service, month=asked.month, day=asked.day, at=at)
        context |= {"table": found, "as_list": asked.as_list}
    return render(request, "orders/appointments/times.html", {**context, "places": places})


def _shown(order: Order, found: Any) -> dict[str, Any]:
    at = timezone.now()
    return {
        "order": order, "appointment": found, "place": found.place,
        "may_cancel": isinstance(found, Appointment) and found.may_still_change(at),
        "may_move": isinstance(found, Appointment) and found.may_still_move(at),
        "documents": order.product.documents,
    }  # fmt: skip


def _times_url(order: Order, sent: Any = None) -> str:
    """Where times are chosen for this order, as it was seen."""
    name = "orders:appointment_move" if appointments.live_of(order) else "orders:appointment"
    place, start = (sent or {}).get("posto", ""), (sent or {}).get("inicio", "")
    query = f"?posto={place}&dia={start[:10]}" if place.isdecimal() and len(place) < 19 else ""
    return reverse(name, args=[order.number]) + query


def _back_to_times(request: HttpRequest, order: Order) -> HttpResponse:
    """A part of a page that asks by itself has the whole page go there."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": _times_url(order)})
    return redirect(_times_url(order))
