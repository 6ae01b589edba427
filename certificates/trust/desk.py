"""Trust in certificates: what it adds to the portal."""

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.permissions import ADMINISTRATION, HELP_DESK, may_work

VIEW = ["trust.view_intermediate", "trust.view_revocationlist"]


def _views_authorities(request: HttpRequest) -> bool:
    return may_work(request, "trust.view_intermediate")


desks.register(
    desks.Desk(
        name="trust",
        label=_("Trust in certificates"),
        order=61,
        nav=[
            desks.NavItem(
                _("Trusted authorities"), "admin:trust_intermediate_changelist", "shield-check",
                "staff", 71, _views_authorities,
            )
        ],
        groups={
            HELP_DESK: VIEW,
            ADMINISTRATION: [
                *VIEW, "trust.add_intermediate", "trust.delete_intermediate",
                "trust.view_revocationanswer", "trust.view_issueraddress",
            ],
        },
        audit_words={
            "trust.fetch_asked": _("Asked for revocation lists to be fetched"),
            "trust.intermediate_added": _("Added an intermediate authority"),
            "trust.intermediate_removed": _("Removed an intermediate authority"),
        },
        job_words={
            "trust.check": _("Check whether a certificate is revoked"),
            "trust.fetch": _("Fetch a revocation list"),
        },
        beat={
            "trust-refresh": {
                "task": "certificates.trust.tasks.refresh",
                "schedule": crontab(minute=35),
            },
        },
    )
)  # fmt: skip
