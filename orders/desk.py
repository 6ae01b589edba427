"""The desk of certificate orders: what it adds to the portal."""

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders import desk_agenda, desk_clients, desk_notes, desk_staff
from orders.models import Emission
from orders.models.orders import CHANGE, EXPORT, IMPORT, REFUND, VALIDATE, VERIFY, VIEW
from orders.services.emission import used_to_log_in
from orders.services.payment import charge_changed
from orders.views import cards
from portal import desks, hooks
from portal.accounts.models import User
from portal.permissions import ADMINISTRATION, BILLING, REGISTRATION, all_of, may_work
from portal.vault.sealed import SealedField

AGENT = [VIEW, "orders.add_order", CHANGE, VALIDATE, VERIFY]
GROUPS = {
    REGISTRATION: [*AGENT, *desk_agenda.AGENT],
    BILLING: [VIEW, EXPORT, REFUND, *desk_notes.PERMISSIONS],
    ADMINISTRATION: [
        *AGENT,
        EXPORT,
        REFUND,
        IMPORT,
        "orders.view_orderbatch",
        *all_of("orders", "product"),
        *desk_agenda.AGENT,
        *desk_agenda.SETTINGS,
        *desk_notes.PERMISSIONS,
    ],
}


def _works(request: HttpRequest) -> bool:
    return may_work(request, VIEW)


def certificate_shown(event: hooks.CertificateShown) -> None:
    """A certificate that came from an order is delivered once it opens a session."""
    if isinstance(event.user, User):
        used_to_log_in(event.sha256, event.user, at=timezone.now())


desks.register(
    desks.Desk(
        name="orders",
        label=_("Certificate orders"),
        order=20,
        urls="orders.urls",
        demo="orders.demo",
        front=[desk_clients.FRONT],
        sitemap=[desk_clients.SITEMAP],
        registration=desk_clients.REGISTRATION,
        help=desk_clients.MANUAL,
        limits={**desk_agenda.LIMITS, **desk_clients.LIMITS},
        first_steps=[desk_staff.FIRST_STEP, *desk_agenda.FIRST_STEPS],
        nav=[
            desk_clients.NAV,
            desks.NavItem(_("Certificate orders"), "orders:desk", "key", "staff", 52, _works),
            desk_agenda.NAV,
            desk_notes.NAV,
        ],
        groups=GROUPS,
        services=[desk_staff.SERVICE_OF_GRANTS],
        cards=desk_staff.CARDS,
        personal_data=desk_staff.PERSONAL_DATA,
        on_erasure=desk_staff.ON_ERASURE,
        typed=desk_staff.TYPED_TEXTS,
        kept_on_erasure=desk_staff.KEPT_ON_ERASURE,
        search=[desk_staff.SEARCH],
        watches=desk_staff.WATCHES,
        files=(
            "orders.OrderDocument.file_key", "orders.OrderBatch.file_key", *desk_notes.FILES,
        ),
        job_words={**desk_staff.JOB_WORDS, **desk_notes.JOB_WORDS},
        sealed=[SealedField(Emission, "screen_sealed")],
        hooks={hooks.ChargeChanged: [charge_changed], hooks.CertificateShown: [certificate_shown]},
        about=[cards.charge_card],
        audit_words={
            **desk_clients.AUDIT_WORDS,
            **desk_notes.AUDIT_WORDS,
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
            **desk_staff.AUDIT_WORDS,
            "order.refunded": _("Noted that the money of a certificate order was given back"),
        },
        beat={
            **desk_agenda.BEAT,
            "orders-payments": {
                "task": "orders.tasks.follow_payments", "schedule": crontab(minute="*/10"),
            },
            "orders-unpaid": {
                "task": "orders.tasks.cancel_unpaid", "schedule": crontab(minute=41),
            },
            "orders-authority": {"task": "orders.tasks.ask_authority", "schedule": 30.0},
            "orders-expire": {"task": "orders.tasks.expire", "schedule": crontab(minute=11)},
            "orders-daily": {
                "task": "orders.tasks.tell_staff", "schedule": crontab(hour=7, minute=35),
            },
            "orders-dossiers": {
                "task": "orders.tasks.remove_old_files", "schedule": crontab(hour=3, minute=55),
            },
        },
    )
)  # fmt: skip
