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
            "charge.raised": _("Raised a charge"),
            "charge.payer_changed": _("Changed who pays a charge"),
            "charge.more_money": _("More money came for a charge"),
            "charge.undone": _("Took a payment of a charge back"),
            "slip.issued": _("Issued a bank slip"),
            "charge.settled": _("A charge was paid"),
            "charge.partly_paid": _("A charge was paid in part"),
            "charge.overpaid": _("A charge was paid too much"),
            "charge.withdrawn": _("Withdrew a charge"),
            "charge.reopened": _("Opened a charge again"),
        },
    )
)
