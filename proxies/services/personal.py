"""For "my data": accesses in a person's name, the offices that serve them, what they saw."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.labels import instant
from portal.accounts.models import User
from portal.accounts.personal_data import Row, Rows
from proxies.models import Disclosure, OfficeClient, Proxy


def personal_proxies(user: User) -> dict[str, Any]:
    """What is kept of the person here; never a secret, nor what an office notes for itself."""
    seen = Disclosure.objects.filter(user=user).select_related("proxy__office")
    return {
        _("Accesses in my name"): Rows(
            in_name_of(user).select_related("office", "agency").order_by("-pk"), _proxy
        ),
        _("Offices that have me as a client"): Rows(
            clients_that_are(user).select_related("office").order_by("-pk"), _client
        ),
        _("Secrets that I was shown"): Rows(seen.order_by("-pk"), _disclosure),
    }


def in_name_of(user: User) -> QuerySet[Proxy]:
    """The accesses whose holder is the person, by a CPF that is proven."""
    if not (user.cpf and user.cpf_proof):
        return Proxy.objects.none()
    return Proxy.objects.filter(holder=user.cpf)


def clients_that_are(user: User) -> QuerySet[OfficeClient]:
    """The person as a client of offices, by a CPF that is proven."""
    if not (user.cpf and user.cpf_proof):
        return OfficeClient.objects.none()
    return OfficeClient.objects.filter(tax_id=user.cpf)


def _proxy(proxy: Proxy) -> list[Row]:
    return [
        {
            _("Office"): str(proxy.office),
            _("Agency"): str(proxy.agency),
            _("Name"): proxy.name,
            _("Kind of access"): proxy.get_kind_display(),
            _("Status"): str(proxy.state(timezone.localdate()).label),
            _("Registered at"): instant(proxy.created_at),
        }
    ]


def _client(client: OfficeClient) -> list[Row]:
    ended = f"{client.ended_on:%d/%m/%Y}" if client.ended_on else ""
    return [
        {
            _("Office"): str(client.office),
            _("Name"): client.name,
            _("Contract ended on"): ended,
        }
    ]


def _disclosure(disclosure: Disclosure) -> list[Row]:
    return [
        {
            _("When"): instant(disclosure.at),
            _("Office"): str(disclosure.proxy.office),
            _("Name"): disclosure.proxy.name,
            _("What"): f"{disclosure.get_field_display()}: {disclosure.get_act_display()}",
            _("Reason"): disclosure.reason,
        }
    ]
