"""Payments: what they add to the portal."""

from celery.schedules import crontab
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.payments import desk_charges
from portal.permissions import ADMINISTRATION, BILLING, may_work

IMPORT, RESOLVE = "payments.import_bankfile", "payments.resolve_difference"
STATEMENT, SEND = "payments.view_settlement", "payments.send_remittance"
FILES = [
    IMPORT, RESOLVE, SEND, STATEMENT, "payments.view_bankfile", "payments.view_bankfilerow",
    "payments.view_debit", "payments.view_difference", "payments.view_remittance",
    "payments.view_instruction",
]  # fmt: skip
GROUPS = {
    BILLING: [*FILES, *desk_charges.BILLING],
    ADMINISTRATION: [*FILES, *desk_charges.ADMINISTRATION],
}


def _imports(request: HttpRequest) -> bool:
    return may_work(request, IMPORT)


def _sends(request: HttpRequest) -> bool:
    return may_work(request, SEND)


def _resolves(request: HttpRequest) -> bool:
    return may_work(request, RESOLVE)


desks.register(
    desks.Desk(
        name="payments",
        label=_("Payments"),
        order=60,
        urls="portal.payments.urls",
        demo="portal.payments.demo",
        nav=[
            *desk_charges.NAV,
            desks.NavItem(
                _("Return files"), "payments:bank_files", "upload", "staff", 70, _imports
            ),
            desks.NavItem(_("Remessas"), "payments:remittances", "send", "staff", 71, _sends),
            desks.NavItem(
                _("Differences"),
                "payments:differences",
                "exclamation-triangle",
                "staff",
                72,
                _resolves,
            ),
        ],
        groups=GROUPS,
        first_steps=desk_charges.FIRST_STEPS,
        personal_data=desk_charges.PERSONAL_DATA,
        kept_on_erasure=desk_charges.KEPT_ON_ERASURE,
        files=("payments.BankFile.file_key",),
        job_words={
            "payments.check_file": _("Check a return file"),
            "payments.apply_file": _("Post a return file"),
            "payments.undo_file": _("Undo a return file"),
        },
        beat={
            **desk_charges.BEAT,
            "payments-forgotten-files": {
                "task": "portal.payments.tasks.give_up_forgotten_files",
                "schedule": crontab(hour=4, minute=55),
            },
        },
        audit_words={
            **desk_charges.WORDS,
            "bankfile.applying": _("Began to post a return file"),
            "bankfile.applied": _("Posted a return file"),
            "difference.accepted": _("Accepted a difference"),
            "difference.refunded": _("Noted that money was paid back"),
            "difference.assigned": _("Assigned a payment to a charge"),
            "difference.taken_back": _("Took a payment back that the bank reversed"),
            "difference.reopened": _("Opened a difference again"),
            "remittance.made": _("Made a remessa"),
            "remittance.sent": _("Marked a remessa as sent"),
            "remittance.rejected": _("Marked a remessa as refused"),
            "remittance.by_hand": _("Noted what was done by hand at a bank"),
            "slip.due_date_asked": _("Asked the bank for another due date"),
        },
    )
)
