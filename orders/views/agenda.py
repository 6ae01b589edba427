"""The agents' agenda: a place's day, what is done with each appointment, and those to be moved."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.forms.appointments import CancelForStaffForm, Looked, MissedForm, TimeForStaffForm
from orders.models import Appointment, Order, Place
from orders.models.appointments import ATTEND, BOOK, OVERBOOK, VIEW_AGENDA
from orders.services import agents_day, appointments
from orders.services.agenda import NotOffered
from orders.services.appointments import By
from orders.services.holds import AlreadyElsewhere
from orders.services.life import NotPossible
from orders.services.slots import Taken
from portal.accounts.scope import scope_of
from portal.desks import Card
from portal.permissions import may_work, staff_required
from portal.transitions import IllegalTransition
from portal.ui.views import confirmed

REFUSED = (NotOffered, Taken, AlreadyElsewhere, NotPossible, IllegalTransition)


@staff_required(VIEW_AGENDA)
@require_safe
def agenda(request: HttpRequest) -> HttpResponse:
    """A place and a day: who comes, and what was done."""
    return render(request, "orders/agenda/day.html", _day(request))


@staff_required(VIEW_AGENDA)
@require_safe
def print_day(request: HttpRequest) -> HttpResponse:
    return render(request, "orders/agenda/print.html", _day(request))


@staff_required(VIEW_AGENDA)
@require_safe
def to_move(request: HttpRequest) -> HttpResponse:
    """Appointments whose place is not open at their time, and those without an outcome."""
    at = timezone.now()
    return render(request, "orders/agenda/to_move.html", {
        "at": at, "moved": agents_day.without_place(at=at), "open": agents_day.without_end(at=at),
        "may_attend": may_work(request, ATTEND),
    })  # fmt: skip


@staff_required(VIEW_AGENDA, ATTEND)
@require_POST
def arrived(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, appointments.arrive, _("Arrival noted."))


@staff_required(VIEW_AGENDA, ATTEND)
@require_POST
def back(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, appointments.not_arrived, _("It is booked, as before."))


@staff_required(VIEW_AGENDA, ATTEND)
@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, appointments.finish, _("The appointment has ended."))


@staff_required(VIEW_AGENDA, ATTEND)
@require_http_methods(["GET", "HEAD", "POST"])
def missed(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _appointment(request, pk), MissedForm(request.POST or None)
    return confirmed(
        request, "orders/agenda/missed.html", _asked(found),
        lambda: appointments.miss(found, _by(request, form)),
        to=_page_of(found), done=_("Noted: nobody came."), form=form, refused=REFUSED,
    )  # fmt: skip


@staff_required(VIEW_AGENDA, ATTEND)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _appointment(request, pk), CancelForStaffForm(request.POST or None)
    return confirmed(
        request, "orders/agenda/cancel.html", _asked(found),
        lambda: appointments.cancel(found, _by(request, form)),
        to=_page_of(found), done=_("The appointment was cancelled."), form=form, refused=REFUSED,
    )  # fmt: skip


@staff_required(VIEW_AGENDA, ATTEND)
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """To another place or time; what does not fit is asked about before it is done."""
    found = _appointment(request, pk)

    def act(place: Place, start: Any, by: By, over: bool) -> Appointment:
        return appointments.move_by_staff(found, place, start, by, over=over)

    initial = {
        "place": found.place,
        "day": found.local_start.date(),
        "time": f"{found.local_start:%H:%M}",
    }
    context = {
        "appointment": found,
        "order": found.order,
        "place": found.place,
        "back": _page_of(found),
    }
    return _choose_time(request, "orders/agenda/move.html", context, act, initial)


@staff_required(VIEW_AGENDA, BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, number: int) -> HttpResponse:
    """An agent books for a client, who called or stands at the counter."""
    visible = Order.objects.visible_to(scope_of(request).user).select_related("product")
    order = get_object_or_404(visible, number=number)

    def act(place: Place, start: Any, by: By, over: bool) -> Appointment:
        return appointments.book_by_staff(order, place, start, by, over=over)

    context = {"order": order, "back": reverse("orders:desk_order", args=[number])}
    return _choose_time(request, "orders/agenda/book.html", context, act, {}, reason_required=False)


def appointment_block(request: HttpRequest, order: Order) -> Card | None:
    """The appointments of an order, on its page for staff."""
    if not may_work(request, VIEW_AGENDA):
        return None
    found = appointments.live_of(order)
    rows = Appointment.objects.filter(order=order).select_related("place").order_by("-starts_at")
    may_book = order.status in appointments.BOOKABLE and may_work(request, BOOK)
    if not (rows or may_book):
        return None
    return Card(20, "orders/agenda/_block.html", {
        "appointment": found, "day": _page_of(found) if found else "", "number": order.number,
        "past": [row for row in rows if found is None or row.pk != found.pk][:10],
        "may_book": may_book,
    })  # fmt: skip


def _choose_time(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    act: Callable[[Place, Any, By, bool], Appointment],
    initial: dict[str, Any],
    *,
    reason_required: bool = True,
) -> HttpResponse:
    """The form of place and time. Where the time does not fit, who may overbook is asked whether
    to do it all the same."""
    may_over, sent = may_work(request, OVERBOOK), request.method == "POST"
    form = TimeForStaffForm(
        request.POST or None, initial=initial, reason_required=reason_required,
        asks_over=may_over and "over" in request.POST,
    )  # fmt: skip
    if sent and form.is_valid():
        values = form.cleaned_data
        try:
            made = act(
                values["place"], values["start"], _by(request, form), values.get("over", False)
            )
        except (NotOffered, Taken) as error:
            form = form.asking(str(error), may_over=may_over)
        except REFUSED as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Booked: %(when)s.") % {"when": made})
            return redirect(_page_of(made))
    return render(request, template, {**context, "form": form}, status=422 if sent else 200)


def _day(request: HttpRequest) -> dict[str, Any]:
    places = list(Place.objects.order_by("-is_active", "name"))
    asked, at = Looked(request.GET, places), timezone.now()
    context: dict[str, Any] = {"places": places, "place": asked.place, "at": at}
    if asked.place:
        day = asked.day or at.astimezone(asked.place.tz).date()
        context |= {
            "day": day, "before": day - timedelta(days=1), "after": day + timedelta(days=1),
            "rows": list(agents_day.day_of(asked.place, day)),
            "closed": agents_day.why_closed(asked.place, day),
            "week": agents_day.week_of(asked.place, day),
            "may_attend": may_work(request, ATTEND), "waiting": agents_day.to_see_to(at=at),
        }  # fmt: skip
    return context


def _appointment(request: HttpRequest, pk: int) -> Appointment:
    visible = Appointment.objects.visible_to(scope_of(request).user)
    return get_object_or_404(visible.select_related("order__product", "place", "service"), pk=pk)


def _act(
    request: HttpRequest, pk: int, act: Callable[[Appointment, By], None], done: str
) -> HttpResponse:
    found = _appointment(request, pk)
    try:
        act(found, By(user=scope_of(request).user, at=timezone.now(), request=request))
        messages.success(request, done)
    except REFUSED as error:
        messages.error(request, str(error))
    return redirect(_page_of(found))


def _by(request: HttpRequest, form: Any) -> By:
    values = form.cleaned_data
    return By(
        user=scope_of(request).user, at=timezone.now(), request=request,
        reason=values.get("reason", ""), tell=values.get("tell", True),
    )  # fmt: skip


def _asked(found: Appointment) -> dict[str, Any]:
    return {
        "appointment": found, "order": found.order, "place": found.place, "back": _page_of(found)
    }  # fmt: skip


def _page_of(found: Appointment) -> str:
    """The day on which it stands."""
    day = found.local_start.date().isoformat()
    return reverse("orders:agenda", query={"posto": found.place_id, "dia": day})
