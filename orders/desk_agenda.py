"""What appointments add to the desk of certificate orders: see ``orders.desk``."""

from django.utils.translation import gettext_lazy as _

from portal.accounts.limits import Limit

AUDIT_WORDS = {
    "appointment.booked": _("Booked an appointment"),
    "appointment.moved": _("Moved an appointment"),
    "appointment.overbooked": _("Booked an appointment that does not fit"),
    "appointment.cancelled": _("Cancelled an appointment"),
    "appointment.arrived": _("Noted that a client arrived"),
    "appointment.not_arrived": _("Took back that a client arrived"),
    "appointment.done": _("Ended an appointment"),
    "appointment.missed": _("Noted that nobody came to an appointment"),
}
LIMITS = {"appointment-hold": Limit(30, 3600)}
