"""Powers of attorney: what they add to the portal."""

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from portal import desks
from portal.permissions import ADMINISTRATION, REGISTRATION
from portal.reminders.registry import Watch
from proxies.powers import desk_pages
from proxies.powers.models import CHANGE, VIEW
from proxies.powers.services import watching
from proxies.powers.services.forgetting import forget_person
from proxies.powers.services.personal import personal_powers

GROUPS = {ADMINISTRATION: [VIEW, CHANGE], REGISTRATION: [VIEW, CHANGE]}
_TASKS = "proxies.powers.tasks"
BEAT = {
    "powers-end-due": {"task": f"{_TASKS}.end_due", "schedule": crontab(minute=5)},
    "powers-end-left": {"task": f"{_TASKS}.end_left", "schedule": crontab(minute=25)},
    "powers-drafts": {"task": f"{_TASKS}.discard_drafts", "schedule": crontab(minute=50)},
    "powers-forget": {"task": f"{_TASKS}.forget_old", "schedule": crontab(hour=4, minute=40)},
}
AUDIT_WORDS = {
    "power.drafted": _("Drafted a power of attorney"),
    "power.discarded": _("Discarded the draft of a power of attorney"),
    "power.granted": _("Granted a power of attorney"),
    "power.accepted": _("Accepted a power of attorney"),
    "power.declined": _("Declined a power of attorney"),
    "power.renounced": _("Renounced a power of attorney"),
    "power.revoked": _("Revoked a power of attorney"),
    "power.ended": _("A power of attorney was ended by the portal"),
    "power.expired": _("A power of attorney expired"),
}
JOB_WORDS = {
    "powers.seal": _("Seal a step of a power of attorney"),
    "powers.make_pdf": _("Make the PDF of a power of attorney"),
}
KEPT_ON_ERASURE = [
    _(
        "Powers of attorney that a company gave you or that you gave for one, with name and CPF, "
        "until five years after their end: they prove who acted for the company. Those that you "
        "held have ended."
    ),
]
WATCHES = [
    Watch(
        name="powers",
        label=_("Electronic powers of attorney"),
        due=watching.due,
        recipients=watching.recipients,
        visible_to=watching.visible_to,
        staff_permission=VIEW,
    )
]

desks.register(
    desks.Desk(
        name="powers",
        label=_("Electronic powers of attorney"),
        order=41,
        urls=desk_pages.URLS,
        demo="proxies.powers.demo",
        groups=GROUPS,
        watches=WATCHES,
        files=["powers.Power.pdf_key"],
        limits=desk_pages.LIMITS,
        personal_data={gettext_noop("Electronic powers of attorney"): personal_powers},
        on_erasure=[forget_person],
        kept_on_erasure=KEPT_ON_ERASURE,
        audit_words=AUDIT_WORDS,
        job_words=JOB_WORDS,
        beat=BEAT,
        **desk_pages.PARTS,
    )
)
