"""Who may use the addresses of payments: staff, each by a permission. See ``tests/portal/access.py``."""

from typing import Any

from django.utils import timezone

from portal.payments.services.slips import issue_slip
from tests.factories import Cast
from tests.factories.payments import make_charge

WITHDRAW = {"payments:withdraw", "payments:accept", "payments:refund", "payments:replace",
            "payments:change_payer"}  # fmt: skip
STAFF = {
    **dict.fromkeys(["payments:charges", "payments:charge", "payments:slip"], "payments.view_charge"),
    **dict.fromkeys(WITHDRAW, "payments.withdraw_charge"),
    "payments:settle": "payments.settle_charge",
}  # fmt: skip


def arguments(_cast: Cast) -> dict[str, dict[str, Any]]:
    charge = make_charge()
    slip = issue_slip(charge, at=timezone.now())
    pages = {*WITHDRAW, "payments:settle", "payments:charge"}
    return {
        **{name: {"pk": charge.pk} for name in pages},
        "payments:slip": {"pk": charge.pk, "slip": slip.pk},
    }
