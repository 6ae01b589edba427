"""The audit: what it adds to the portal."""

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.audit.models import AuditEvent
from portal.permissions import ADMINISTRATION


class EventProofs:
    """The MACs of the audit's links: a place that needs keys of the vault."""

    name = "audit.auditevent.mac"

    def kids(self) -> set[str]:
        found: set[str] = set()
        macs = AuditEvent.objects.exclude(mac="").order_by("-pk").values_list("mac", flat=True)
        while mac := macs.first():
            kid = mac.rpartition(":")[0]
            found.add(kid)
            macs = macs.exclude(mac__startswith=f"{kid}:")
        return found


desks.register(
    desks.Desk(
        name="audit",
        label=_("Audit"),
        order=82,
        proofs=[EventProofs()],
        kept_on_erasure=[_("The record of what was done and when, without saying by whom.")],
        groups={ADMINISTRATION: ["audit.view_auditevent"]},
        beat={
            "audit-heads": {
                "task": "portal.audit.tasks.note_heads",
                "schedule": crontab(hour=3, minute=10),
            },
        },
    )
)
