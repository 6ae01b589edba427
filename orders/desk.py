"""The desk of certificate orders: what it adds to the portal."""

from django.utils.translation import gettext_lazy as _

from orders import desk_agenda
from portal import desks

desks.register(
    desks.Desk(
        name="orders",
        label=_("Certificate orders"),
        order=20,
        urls="orders.urls",
        limits=desk_agenda.LIMITS,
        audit_words={
            "order.incomplete": _("Opened a certificate order again"),
            "order.payment": _("A certificate order waits for payment"),
            "order.authorization": _("A certificate order waits for the public body"),
            "order.review": _("The payment of a certificate order is under review"),
            "order.appointment": _("A certificate order was paid or authorised"),
            "order.validation": _("A certificate order waits for validation"),
            "order.documents": _("Asked the client for what a certificate order lacks"),
            "order.verification": _("Validated a certificate order"),
            "order.approved": _("Approved a certificate order"),
            "order.issuing": _("Had a certificate issued"),
            "order.issued": _("Noted that a certificate was issued"),
            "order.delivered": _("Noted that a certificate was received"),
            "order.revoked": _("Noted that a certificate was revoked"),
            "order.expired": _("The validity of a certificate ended"),
            "order.refused": _("Refused a certificate order"),
            "order.cancelled": _("Cancelled a certificate order"),
            "order.exported": _("Downloaded a list of certificate orders"),
            **desk_agenda.AUDIT_WORDS,
        },
    )
)  # fmt: skip
