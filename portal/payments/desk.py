"""Payments: what they add to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks

desks.register(
    desks.Desk(
        name="payments",
        label=_("Payments"),
        order=60,
        urls="portal.payments.urls",
        audit_words={
            "charge.settled": _("A charge was paid"),
            "charge.partly_paid": _("A charge was paid in part"),
            "charge.overpaid": _("A charge was paid too much"),
            "charge.withdrawn": _("Withdrew a charge"),
            "charge.reopened": _("Opened a charge again"),
        },
    )
)
