"""What the page of an access shows beside its data: ages, history and people, never a secret."""

from datetime import datetime
from typing import Any

from portal.accounts.models import Grant
from proxies.models import HeldCertificate, Proxy, ProxyEvent, SecretValue
from proxies.models.offices import SERVICE, VERSIONS
from proxies.services.certificates import remarks


def values_in_use(proxy: Proxy) -> list[SecretValue]:
    """The value in use of each field, without its sealed bytes: whose it is and since when."""
    kept = proxy.values.filter(sealed__isnull=False).defer("sealed").select_related("set_by")
    newest: dict[str, SecretValue] = {}
    for value in kept.order_by("version"):
        newest[value.field] = value
    return [newest[name] for name in SecretValue.Field.values if name in newest]


def certificate_of(values: list[SecretValue]) -> HeldCertificate | None:
    """What the certificate in use says."""
    keys = [value.pk for value in values if value.field == SecretValue.Field.KEY]
    return HeldCertificate.objects.filter(value__in=keys).first()


def remarks_on(certificate: HeldCertificate | None, *, at: datetime) -> list[str]:
    """What is to be known of it today: an authority that nobody knows here, a revocation."""
    return remarks(bytes(certificate.der), certificate.chain, at=at) if certificate else []


def history_of(proxy: Proxy) -> list[ProxyEvent]:
    """What was done with it, the newest first; ``note`` as people read it."""
    events = list(proxy.events.select_related("user").order_by("-at", "-pk"))
    labels = dict(SecretValue.Field.choices)
    for event in events:
        if event.kind in (ProxyEvent.Kind.VALUE, ProxyEvent.Kind.REMOVED):
            event.note = str(labels.get(event.note, ""))
    return events


def people_of(proxy: Proxy, *, at: datetime) -> list[dict[str, Any]]:
    """Who has access to it now: name, level, last day, and whether former values are open, too."""
    grants = Grant.objects.in_force(at).opening(SERVICE).filter(company=proxy.office_id)
    return [
        {
            "name": grant.user.name,
            "level": grant.get_level_display(),
            "last_day": grant.last_day,
            "former": grant.opens(VERSIONS),
        }
        for grant in grants.filter(user__is_active=True)
        .select_related("user")
        .order_by("user__name", "pk")
    ]
