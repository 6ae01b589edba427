"""The desk of accesses: what it adds to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.permissions import ADMINISTRATION, all_of
from portal.vault.sealed import SealedField
from proxies import desk_checks, desk_office, desk_secrets
from proxies.models import SecretValue
from proxies.models.offices import SERVICE, VERSIONS, VIEW

GROUPS = {ADMINISTRATION: [VIEW, *all_of("proxies", "agency", "loginpage")]}
SERVICES = [
    desks.Service(
        name=SERVICE, label=_("Accesses of the office"),
        operate=_("registers and changes accesses, and sees their passwords"), sensitive=True,
    ),
    desks.Service(
        name=VERSIONS, label=_("Former passwords of the office's accesses"), sensitive=True
    ),
]  # fmt: skip


desks.register(
    desks.Desk(
        name="proxies",
        label=_("Accesses of offices"),
        order=40,
        urls="proxies.urls",
        groups=GROUPS,
        services=SERVICES,
        nav=desk_office.NAV,
        cards=[*desk_office.CARDS, *desk_secrets.CARDS],
        search=[desk_office.SEARCH],
        sitemap=desk_office.SITEMAP,
        sealed=[SealedField(SecretValue, "sealed")],
        limits={**desk_secrets.LIMITS, **desk_checks.LIMITS},
        typed=desk_secrets.TYPED_TEXTS,
        job_words=desk_checks.JOB_WORDS,
        beat=desk_checks.BEAT,
        watches=desk_checks.WATCHES,
        audit_words={
            **desk_checks.AUDIT_WORDS,
            **desk_office.AUDIT_WORDS,
            **desk_secrets.AUDIT_WORDS,
            "proxy.created": _("Registered an access of an office"),
            "proxy.changed": _("Changed an access of an office"),
            "proxy.value_set": _("Set a value of an access"),
            "proxy.expired": _("Said that an access has expired"),
            "proxy.active": _("Took an access into use again"),
            "proxy.refused": _("An access was refused by its agency"),
            "proxy.revoked": _("Deactivated an access"),
            "proxy.destroyed": _("Destroyed the values of an access"),
        },
    )
)
