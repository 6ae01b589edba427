"""Agencies, accesses and clients of offices for tests. Every secret is plain nonsense."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from portal.accounts.models import Company, Grant, User
from proxies.models import Agency, Kind, OfficeClient, Proxy
from proxies.services.life import NewValues, ProxyData, register
from tests.factories import a_cnpj, make_grant, next_number

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
LOGIN, PASSWORD = "usuario-fictício", "Segredo#7-inventado"
SECRETS = {"login": LOGIN.encode(), "password": PASSWORD.encode()}


def make_agency(name: str = "", **values: Any) -> Agency:
    """SEFAZ of a state whose passwords last three months, unless something else is said."""
    facts = {
        "sphere": "state", "state": "MT", "kinds": list(Kind.values), "renewal_every": 3,
        "address": "https://orgao.exemplo.gov.br/", **values,
    }  # fmt: skip
    return Agency.objects.create(name=name or f"SEFAZ {next_number()}", **facts)


def make_office_client(office: Company, name: str = "Padaria Sol", **values: Any) -> OfficeClient:
    return OfficeClient.objects.create(office=office, name=name, **{"tax_id": a_cnpj(), **values})


def make_proxy(
    office: Company, *, agency: Agency | None = None, kind: str = Kind.LOGIN,
    secrets: Mapping[str, bytes] = SECRETS, at: datetime = AT, by: User | None = None, **values: Any,
) -> Proxy:  # fmt: skip
    data = ProxyData(
        agency=agency or make_agency(), kind=kind,
        **{"name": f"ACESSO {next_number()}", "holder": office.tax_id, **values},
    )  # fmt: skip
    return register(office, data, NewValues(secrets=secrets), by=by, at=at)


def open_proxies(user: User, office: Company, level: str = Grant.Level.ADMINISTER) -> Grant:
    """Access to everything of the office's accesses, former passwords too."""
    scopes = ["proxies", "proxies_versions"]
    return make_grant(user, office, level, scopes=scopes, source=Grant.Source.INVITATION)
