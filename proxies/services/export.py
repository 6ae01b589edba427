"""A list of accesses as a spreadsheet: what they are and when they end, never what opens them."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.models import Company
from portal.audit.services import record
from portal.sheets.columns import Column, Kind
from proxies.models import OfficeClient
from proxies.models.proxies import ProxyQuerySet

COLUMNS = (
    Column("sphere", label=_("Sphere"), width=12),
    Column("state", label=_("UF"), width=6),
    Column("agency", label=_("Agency"), width=28),
    Column("kind", label=pgettext_lazy("access", "Access"), width=18),
    Column("name", label=_("Name"), width=34),
    Column("holder", label=_("CNPJ or CPF"), width=20),
    Column("holder_name", label=_("Holder"), width=34),
    Column("status", label=pgettext_lazy("access", "State"), width=14),
    Column("value_set_on", label=_("Value of"), kind=Kind.DAY, width=12),
    Column("ends_on", label=_("Expires on"), kind=Kind.DAY, width=12),
    Column("clients", label=_("Clients that it serves"), width=40),
)


def rows_of(proxies: ProxyQuerySet, on: date) -> Iterator[list[object]]:
    """A value for each column; of a CPF only the middle."""
    clients = Prefetch("clients", OfficeClient.objects.order_by("name"))
    for proxy in proxies.select_related("agency").prefetch_related(clients).iterator(500):
        yield [
            str(proxy.agency.get_sphere_display()), proxy.agency.state, proxy.agency.name,
            str(proxy.get_kind_display()), proxy.name, proxy.shown_holder, proxy.holder_name,
            str(proxy.state(on).label), proxy.value_set_on, proxy.ends_on,
            ", ".join(client.name for client in proxy.clients.all()),
        ]  # fmt: skip


def note_export(request: HttpRequest, office: Company, *, rows: int, extension: str) -> None:
    """Who took the list along, and how much of it."""
    data = {"rows": rows, "format": extension}
    record("proxy.exported", company=office.pk, request=request, data=data)
