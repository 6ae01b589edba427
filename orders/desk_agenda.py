"""What appointments add to the desk of certificate orders: see ``orders.desk``."""

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orders.models import AppointmentService, Place
from orders.models.appointments import ATTEND, BOOK, OVERBOOK, VIEW_AGENDA
from portal import desks
from portal.accounts.limits import Limit
from portal.permissions import all_of, may_work

AGENT = [VIEW_AGENDA, BOOK, ATTEND, OVERBOOK]
SETTINGS = all_of("orders", "place", "closure", "appointmentservice")


def _attends(request: HttpRequest) -> bool:
    return may_work(request, VIEW_AGENDA)


NAV = desks.NavItem(_("Agenda"), "orders:agenda", "calendar3", "staff", 53, _attends)
AUDIT_WORDS = {
    "appointment.booked": _("Booked an appointment"),
    "appointment.moved": _("Moved an appointment"),
    "appointment.overbooked": _("Booked an appointment that does not fit"),
    "appointment.cancelled": _("Cancelled an appointment"),
    "appointment.arrived": _("Noted that a client arrived"),
    "appointment.not_arrived": _("Took back that a client arrived"),
    "appointment.done": _("Ended an appointment"),
    "appointment.missed": _("Noted that nobody came to an appointment"),
    "place.created": _("Added a place of appointments"),
    "place.changed": _("Changed a place of appointments"),
    "place.deleted": _("Deleted a place of appointments"),
    "closure.created": _("Added a closure"),
    "closure.changed": _("Changed a closure"),
    "closure.deleted": _("Deleted a closure"),
    "appointmentservice.created": _("Added a service of appointments"),
    "appointmentservice.changed": _("Changed a service of appointments"),
    "appointmentservice.deleted": _("Deleted a service of appointments"),
}
LIMITS = {"appointment-hold": Limit(30, 3600)}
BEAT = {
    "orders-holds": {"task": "orders.tasks.release_holds", "schedule": 60.0},
    "orders-reminders": {
        "task": "orders.tasks.remind_of_appointments",
        "schedule": crontab(minute="3,18,33,48"),
    },
    "orders-cells": {"task": "orders.tasks.forget_cells", "schedule": crontab(hour=4, minute=17)},
}
FIRST_STEPS = [
    desks.FirstStep(
        label=_("Places of appointments"), order=60,
        text=_("Where holders are seen in person: address, hours, and how many at the same time."),
        url_name="admin:orders_place_changelist", permission="orders.add_place",
        is_done=Place.objects.filter(is_active=True).exists,
    ),
    desks.FirstStep(
        label=_("Services of appointments"), order=61,
        text=_("How long an appointment takes, and how soon it is booked, moved and cancelled."),
        url_name="admin:orders_appointmentservice_changelist",
        permission="orders.add_appointmentservice",
        is_done=AppointmentService.objects.filter(is_active=True).exists,
    ),
]  # fmt: skip
