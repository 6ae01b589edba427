"""The desk of accesses: what it adds to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.permissions import ADMINISTRATION, all_of
from portal.vault.sealed import SealedField
from proxies import desk_checks, desk_imports, desk_office, desk_secrets, desk_world
from proxies.models import SecretValue
from proxies.models.offices import SERVICE, VERSIONS, VIEW

GROUPS = {
    ADMINISTRATION: [
        VIEW, *all_of("proxies", "agency", "loginpage"), *desk_world.PERMISSIONS,
    ],
}  # fmt: skip
SERVICES = [
    desks.Service(
        name=SERVICE, label=_("Accesses of the office"),
        operate=_("registers and changes accesses, and sees their passwords"), sensitive=True,
        needs_keeper=True, whole_company=True,
    ),
    desks.Service(
        name=VERSIONS, label=_("Former passwords of the office's accesses"), sensitive=True,
        whole_company=True,
    ),
]  # fmt: skip


desks.register(
    desks.Desk(
        name="proxies",
        label=_("Accesses of offices"),
        order=40,
        urls="proxies.urls",
        demo="proxies.demo",
        help=desk_world.MANUAL,
        front=[desk_world.FRONT],
        groups=GROUPS,
        services=SERVICES,
        nav=desk_office.NAV,
        cards=[*desk_office.CARDS, *desk_secrets.CARDS, *desk_world.CARDS],
        search=[desk_office.SEARCH],
        footer=[desk_world.DOWNLOADS],
        sitemap=[*desk_office.SITEMAP, desk_world.DOWNLOADS],
        files=["proxies.ProxyBatch.file_key", *desk_world.FILES],
        sealed=[SealedField(SecretValue, "sealed"), *desk_imports.SEALED],
        limits={**desk_secrets.LIMITS, **desk_checks.LIMITS},
        personal_data=desk_world.PERSONAL_DATA,
        on_erasure=desk_world.ON_ERASURE,
        typed={
            **desk_secrets.TYPED_TEXTS,
            **desk_imports.TYPED_TEXTS,
            **desk_world.TYPED_TEXTS,
        },
        kept_on_erasure=desk_world.KEPT_ON_ERASURE,
        job_words={**desk_checks.JOB_WORDS, **desk_imports.JOB_WORDS},
        beat={**desk_checks.BEAT, **desk_imports.BEAT, **desk_world.BEAT},
        watches=desk_checks.WATCHES,
        audit_words={
            **desk_checks.AUDIT_WORDS,
            **desk_office.AUDIT_WORDS,
            **desk_secrets.AUDIT_WORDS,
            **desk_world.AUDIT_WORDS,
            "proxy.created": _("Registered an access of an office"),
            "proxy.changed": _("Changed an access of an office"),
            "proxy.value_set": _("Set a value of an access"),
            "proxy.removed": _("Removed a value of an access"),
            "proxy.confirmed": _("Said that an access still opens"),
            "proxy.expired": _("Said that an access has expired"),
            "proxy.active": _("Took an access into use again"),
            "proxy.refused": _("An access was refused by its agency"),
            "proxy.revoked": _("Deactivated an access"),
            "proxy.destroyed": _("Destroyed the values of an access"),
        },
    )
)
