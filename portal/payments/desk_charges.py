"""Charges and agreements: their part of what payments add to the portal (see ``desk``)."""

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from portal import desks
from portal.payments.models import Agreement
from portal.payments.models.charges import SETTLE, VIEW, WITHDRAW
from portal.payments.services.personal import personal_payments
from portal.permissions import all_of, may_work

BILLING = [VIEW, SETTLE, WITHDRAW, "payments.view_slip", "payments.view_payer"]
ADMINISTRATION = [*BILLING, *all_of("payments", "agreement")]


def _works(request: HttpRequest) -> bool:
    return may_work(request, VIEW)


NAV = [desks.NavItem(_("Charges"), "payments:charges", "receipt", "staff", 68, _works)]
FIRST_STEPS = [
    desks.FirstStep(
        label=_("Agreement with the bank"), order=60,
        text=_(
            "Under which account, carteira and numbers slips are issued, and on which terms. The "
            "page shows the next number and the line of a test slip before anything is issued."
        ),
        url_name="admin:payments_agreement_changelist",
        permission="payments.add_agreement",
        is_done=Agreement.objects.filter(is_active=True).exists,
    ),
]  # fmt: skip
BEAT = {
    "payments-late": {
        "task": "portal.payments.tasks.tell_late", "schedule": crontab(hour=6, minute=35),
    },
}  # fmt: skip
KEPT_ON_ERASURE = [
    _("The payer of bank slips, with name, CPF and address: the law has them kept with the books."),
]
PERSONAL_DATA = {gettext_noop("Payments"): personal_payments}
WORDS = {
    "agreement.created": _("Added an agreement with a bank"),
    "agreement.changed": _("Changed an agreement with a bank"),
    "agreement.deleted": _("Deleted an agreement with a bank"),
    "charge.raised": _("Raised a charge"),
    "charge.payer_changed": _("Changed who pays a charge"),
    "charge.more_money": _("More money came for a charge"),
    "charge.undone": _("Took a payment of a charge back"),
    "charge.received": _("Noted a payment received by other ways"),
    "charge.refunded": _("Noted that money of a charge was given back"),
    "slip.issued": _("Issued a bank slip"),
    "charge.settled": _("A charge was paid"),
    "charge.partly_paid": _("A charge was paid in part"),
    "charge.overpaid": _("A charge was paid too much"),
    "charge.withdrawn": _("Withdrew a charge"),
    "charge.reopened": _("Opened a charge again"),
}
