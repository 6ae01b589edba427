"""What the catalogue, the expiry and the checks add to the desk of accesses."""

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from portal.accounts.limits import Limit
from portal.reminders.registry import Watch
from proxies.models.offices import VIEW
from proxies.services import watching

AUDIT_WORDS = {
    "agency.created": _("Added an agency to the catalogue"),
    "agency.changed": _("Changed an agency of the catalogue"),
    "agency.deleted": _("Deleted an agency of the catalogue"),
    "loginpage.created": _("Described the login page of an agency"),
    "loginpage.changed": _("Changed the login page of an agency"),
    "loginpage.deleted": _("Deleted the login page of an agency"),
    "proxy.used": _("The portal tried an access at its agency"),
    "proxy.check_asked": _("Asked for a check of an access"),
    "proxy.checks_stopped": _("Stopped the checks of an access by schedule"),
}
WATCHES = [
    Watch(
        name="proxies", label=_("Accesses of offices"), due=watching.due,
        recipients=watching.recipients, visible_to=watching.visible_to, staff_permission=VIEW,
        list_url="proxies:desk", is_staffs=True, thresholds=watching.THRESHOLDS,
    )
]  # fmt: skip
JOB_WORDS = {"proxies.check": _("Check an access of an office")}
LIMITS = {"proxy-check": Limit(30, 3600)}
BEAT = {
    "proxies-checks": {"task": "proxies.tasks.check_due", "schedule": crontab(minute="*/5")},
    "proxies-old-checks": {
        "task": "proxies.tasks.forget_checks", "schedule": crontab(hour=3, minute=25),
    },
}  # fmt: skip
