"""Erasure of a person (LGPD): accesses in their own name are destroyed; what happened stays.

The login of such an access is mostly the CPF itself, sealed: no walk through texts finds it. So its
values go, and the office is told by the access's history. See docs/decisions/proxies.md.
"""

from contextlib import suppress

from django.conf import settings
from django.db.models import Model
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.accounts.services.mentions import nobody
from portal.transitions import IllegalTransition
from proxies.models import (
    HeldCertificate,
    OfficeClient,
    Proxy,
    ProxyEvent,
)  # fmt: skip
from proxies.services.life import destroy
from proxies.services.personal import clients_that_are, in_name_of

# What anybody typed.
TYPED: dict[type[Model], tuple[str, ...]] = {
    Proxy: ("name", "holder_name", "notes", "status_note"),
    ProxyEvent: ("note",),
    OfficeClient: ("name",),
    HeldCertificate: ("name",),
}


def forget_person(user: User) -> None:
    """Take the person out of accesses and clients of offices; see above."""
    keys = list(in_name_of(user).values_list("pk", flat=True))
    for proxy in Proxy.objects.filter(pk__in=keys):
        with suppress(IllegalTransition):  # it was destroyed before
            destroy(proxy, _reason(), by=None, at=timezone.now())
    HeldCertificate.objects.filter(value__proxy__in=keys).delete()
    Proxy.objects.filter(pk__in=keys).update(holder="", holder_name=nobody(), notes="")
    clients_that_are(user).update(tax_id="", name=nobody())


def _reason() -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return _("The person in whose name it was asked for the erasure of their data.")
