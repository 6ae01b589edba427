"""Appointments of orders: booked, moved, cancelled; attended or missed.

An appointment moves its order on to validation; one that is cancelled or missed moves it back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from orders.models import Appointment, AppointmentService, Order, Place
from orders.services import agenda, holds, invites, life, slots
from orders.services.agenda import Choice, NotOffered
from orders.services.holds import HELD_FOR
from orders.services.life import NotPossible
from orders.services.slots import Span
from portal.accounts.models import User
from portal.audit.services import record
from portal.transitions import IllegalTransition, advance

Status, State = Appointment.Status, Order.Status
HAS_ONE = gettext_noop("This order has an appointment already: move that one.")
# In which states of an order an appointment may be booked.
BOOKABLE = [State.AWAITING_APPOINTMENT, State.AWAITING_VALIDATION, State.PENDING_DOCUMENTS]


@dataclass(frozen=True, kw_only=True)
class By:
    """Who does it, when, why, and whether the client is told."""

    user: User | None
    at: datetime
    reason: str = ""
    request: HttpRequest | None = None
    tell: bool = True


def live_of(order: Order) -> Appointment | None:
    """The order's appointment that is booked or under way."""
    rows = Appointment.objects.live().filter(order=order)
    return rows.select_related("order", "place", "service").first()


def check_bookable(order: Order) -> None:
    """NotPossible, in words, unless the order waits for something that an appointment serves."""
    if order.status not in BOOKABLE:
        text = _("An order in the state “%(state)s” has no appointment to book.")
        raise NotPossible(text % {"state": order.get_status_display()})


def check_movable(appointment: Appointment, *, at: datetime) -> None:
    """NotPossible, in words, where the client may not move it (any more)."""
    check_cancellable(appointment, at=at)
    if appointment.moves >= appointment.service.max_moves:
        text = _(
            "This appointment was moved %(times)d times already. Write or call us to move it again."
        )
        raise NotPossible(text % {"times": appointment.moves})


def check_cancellable(appointment: Appointment, *, at: datetime) -> None:
    """NotPossible, in words, where the client may not cancel it (any more)."""
    if appointment.status != Status.BOOKED:
        raise NotPossible(_("This appointment is over, or was cancelled."))
    if not appointment.may_still_change(at):
        text = _(
            "Appointments are moved and cancelled until %(hours)d hours before. Write or call us."
        )
        raise NotPossible(text % {"hours": appointment.service.change_hours})


@transaction.atomic
def confirm(order: Order, by: By) -> Appointment:
    """What was held for this person is booked; an appointment that was there moves to it.

    Raises HoldLapsed, NotOffered (the place closed meanwhile), AlreadyElsewhere, NotPossible.
    """
    if by.user is None:
        raise NotPossible(_("Sign in to book an appointment."))
    order = Order.objects.select_for_update().get(pk=order.pk)
    check_bookable(order)
    held = holds.held(order, by.user, at=by.at)
    choice = holds.choice_of(held)
    agenda.check(choice, at=held.until - HELD_FOR)
    holds.check_elsewhere(order, choice)
    holds.use(held, at=by.at)
    before = live_of(order)
    if before is None:
        return _book(order, choice, by, is_over=False)
    check_movable(before, at=by.at)
    slots.swap([Span.of(before)], None)
    return _move(before, choice, by, is_over=False, moves=before.moves + 1)


@transaction.atomic
def book_by_staff(
    order: Order, place: Place, start: datetime, by: By, *, over: bool = False
) -> Appointment:
    """An agent books for the client, at any free time of opening; see ``_take_for_staff``."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    check_bookable(order)
    if live_of(order):
        raise NotPossible(_(HAS_ONE))
    choice = Choice(place=place, service=service_of(order), start=start)
    holds.check_elsewhere(order, choice)
    is_over = _take_for_staff([], choice, at=by.at, over=over)
    return _book(order, choice, by, is_over=is_over)


@transaction.atomic
def move_by_staff(
    appointment: Appointment, place: Place, start: datetime, by: By, *, over: bool = False
) -> Appointment:
    """An agent moves it, whatever the client's limits; see ``_take_for_staff``."""
    order = Order.objects.select_for_update().get(pk=appointment.order_id)
    choice = Choice(place=place, service=service_of(order), start=start)
    holds.check_elsewhere(order, choice)
    is_over = _take_for_staff([Span.of(appointment)], choice, at=by.at, over=over)
    return _move(appointment, choice, by, is_over=is_over, moves=appointment.moves)


@transaction.atomic
def cancel_by_client(appointment: Appointment, by: By) -> None:
    """Raises NotPossible where the limits are over, and IllegalTransition."""
    check_cancellable(appointment, at=by.at)
    cancel(appointment, by)


@transaction.atomic
def cancel(appointment: Appointment, by: By) -> None:
    """Its time is free again, its order waits for another one. Raises IllegalTransition."""
    order = Order.objects.select_for_update().get(pk=appointment.order_id)
    _advance(appointment, Status.CANCELLED, by, sequence=appointment.sequence + 1)
    slots.swap([Span.of(appointment)], None)
    _note(appointment, "unbooked", by)
    _back_to_booking(order, by)
    invites.tell(appointment, invites.CANCELLED, by.reason, at=by.at, wanted=by.tell)


def withdraw_of(order: Order, by: By) -> None:
    """The order comes to its end (cancelled, refused): so do its appointment and what is held."""
    holds.release_of(order)
    found = live_of(order)
    if found and found.status == Status.BOOKED:
        cancel(found, by)


@transaction.atomic
def arrive(appointment: Appointment, by: By) -> None:
    """The client is there. Raises IllegalTransition."""
    _advance(appointment, Status.PRESENT, by)
    _note(appointment, "arrived", by)


@transaction.atomic
def not_arrived(appointment: Appointment, by: By) -> None:
    """It was pressed by mistake. Raises IllegalTransition."""
    _advance(appointment, Status.BOOKED, by)


@transaction.atomic
def finish(appointment: Appointment, by: By) -> None:
    """The client was attended; what becomes of the order is said on the order. IllegalTransition."""
    _advance(appointment, Status.DONE, by)
    _note(appointment, "attended", by)


@transaction.atomic
def miss(appointment: Appointment, by: By) -> None:
    """The client did not come. Raises NotPossible before its time, and IllegalTransition."""
    if by.at < appointment.starts_at:
        raise NotPossible(_("It has not begun yet."))
    order = Order.objects.select_for_update().get(pk=appointment.order_id)
    _advance(appointment, Status.MISSED, by)
    _note(appointment, "missed", by)
    _back_to_booking(order, by)
    invites.tell(appointment, invites.MISSED, by.reason, at=by.at, wanted=by.tell)


def service_of(order: Order) -> AppointmentService:
    """What is done in its appointment. NotPossible where staff offer nothing for it."""
    if service := agenda.service_for(order):
        return service
    raise NotPossible(_("No service of appointments is offered for this certificate."))


def _take_for_staff(old: list[Span], choice: Choice, *, at: datetime, over: bool) -> bool:
    """Take the time for an agent, who may come close, and off the grid; whether it is more than fits.

    Raises NotOffered for what is past. Where the place is closed, or all desks are taken, it
    raises NotOffered and Taken unless ``over``.
    """
    if choice.start <= at:
        raise NotOffered(_("This time is past. Choose one that lies ahead."))
    opening = agenda.opening_of(choice.place)
    is_open = choice.place.is_active and agenda.is_open(opening, choice.start, choice.end)
    if not (is_open or over):
        why = opening.why_closed(choice.day)
        raise NotOffered(why or _("The place is not open from begin to end of this time."))
    is_over = slots.swap(old, choice.span, over=over)
    return is_over or not is_open


def _book(order: Order, choice: Choice, by: By, *, is_over: bool) -> Appointment:
    """A new row for desk-time that is taken already."""
    try:
        with transaction.atomic():
            made = Appointment.objects.create(
                order=order, booked_by=by.user, set_at=by.at, is_over=is_over, **choice.values()
            )
    except IntegrityError:
        raise NotPossible(_(HAS_ONE)) from None
    if order.status == State.AWAITING_APPOINTMENT:
        life.move(
            order,
            State.AWAITING_VALIDATION,
            by=by.user,
            at=by.at,
            request=by.request,
            is_told=False,
        )
    _tell_of_time(made, by, "booked", invites.BOOKED)
    return made


def _move(
    appointment: Appointment, choice: Choice, by: By, *, is_over: bool, moves: int
) -> Appointment:
    """The row goes to desk-time that is taken already. Raises IllegalTransition."""
    rows = Appointment.objects.filter(
        pk=appointment.pk, status=Status.BOOKED, sequence=appointment.sequence
    )
    changed = rows.update(
        **choice.values(), set_at=by.at, is_over=is_over, moves=moves,
        sequence=appointment.sequence + 1,
    )  # fmt: skip
    if not changed:
        raise IllegalTransition(_("Somebody else changed this meanwhile. Look at it again."))
    found = Appointment.objects.select_related("order", "place", "service").get(pk=appointment.pk)
    _tell_of_time(found, by, "moved", invites.MOVED)
    return found


def _tell_of_time(appointment: Appointment, by: By, kind: str, mail: str) -> None:
    """History, audit and mail of a time that was chosen."""
    _note(appointment, kind, by)
    record(
        "appointment.overbooked" if appointment.is_over
        else "appointment.moved" if appointment.sequence else "appointment.booked",
        target=appointment, company=appointment.audit_company, actor=by.user, request=by.request,
        at=by.at,
    )  # fmt: skip
    invites.tell(appointment, mail, by.reason, at=by.at, wanted=by.tell)


def _advance(appointment: Appointment, to: str, by: By, **values: Any) -> None:
    advance(
        appointment, to=to, by=by.user, at=by.at, request=by.request,
        only_if={"sequence": appointment.sequence}, **values,
    )  # fmt: skip


def _back_to_booking(order: Order, by: By) -> None:
    """An order that waited to be seen waits for an appointment again, if it needs one."""
    if order.status == State.AWAITING_VALIDATION and life.needs_appointment(order):
        life.move(
            order,
            State.AWAITING_APPOINTMENT,
            by=by.user,
            at=by.at,
            request=by.request,
            is_told=False,
        )


def _note(appointment: Appointment, kind: str, by: By) -> None:
    when = f"{appointment.local_start:%d/%m/%Y %H:%M}, {appointment.place}"
    note = f"{when}. {by.reason}" if by.reason else when
    life.note_event(appointment.order, kind, by=by.user, at=by.at, note=note)
