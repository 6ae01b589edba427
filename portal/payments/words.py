"""Words for the states and events of charges."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.payments.models import Charge

STATE_WORDS: dict[str, str | Promise] = {"late": _("Late"), **dict(Charge.Status.choices)}
EVENT_WORDS: dict[str, str | Promise] = {
    **dict(Charge.Status.choices),
    "open": pgettext_lazy("charge", "Open again"),
    "raised": _("Raised"),
    "slip": _("Slip issued"),
    "payer": _("Payer changed"),
    "late": _("Became late"),
    "duplicate": _("Paid once more"),
    "after_withdrawal": _("Paid after it was withdrawn"),
    "undone": _("Payment taken back"),
    "refunded": _("Given back"),
}
