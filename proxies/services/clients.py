"""The clients of an office: registered, changed, and the end of their contract."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.models import Company, User
from portal.audit.services import record
from proxies.models import OfficeClient


class ClientTaken(ValidationError):
    """The office has a client with this CNPJ or CPF already."""

    def __init__(self) -> None:
        super().__init__({"tax_id": _("The office already has a client with this CNPJ or CPF.")})


def register(
    office: Company, *, name: str, tax_id: str, by: User, at: datetime,
    request: HttpRequest | None = None,
) -> OfficeClient:  # fmt: skip
    """A new client. Raises ClientTaken."""
    client = OfficeClient(office=office)
    _save(client, "created", name, tax_id, by=by, at=at, request=request)
    return client


def change(
    client: OfficeClient, *, name: str, tax_id: str, by: User, at: datetime,
    request: HttpRequest | None = None,
) -> None:  # fmt: skip
    """Raises ClientTaken."""
    _save(client, "changed", name, tax_id, by=by, at=at, request=request)


@transaction.atomic
def end(
    client: OfficeClient, on: date, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """From this day on the office no longer serves the client. Its accesses stay as they are."""
    _set_end(client, on, "ended", by=by, at=at, request=request)


@transaction.atomic
def serve_again(
    client: OfficeClient, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    _set_end(client, None, "served", by=by, at=at, request=request)


def _set_end(
    client: OfficeClient, on: date | None, act: str, *, by: User, at: datetime,
    request: HttpRequest | None,
) -> None:  # fmt: skip
    client.ended_on = on
    client.save(update_fields=["ended_on"])
    _note(client, act, by=by, at=at, request=request)


def _save(
    client: OfficeClient, act: str, name: str, tax_id: str, *, by: User, at: datetime,
    request: HttpRequest | None,
) -> None:  # fmt: skip
    client.name, client.tax_id = name, tax_id
    try:
        with transaction.atomic():
            client.save()
            _note(client, act, by=by, at=at, request=request)
    except IntegrityError:
        raise ClientTaken from None


def _note(
    client: OfficeClient, act: str, *, by: User, at: datetime, request: HttpRequest | None
) -> None:
    record(
        f"office_client.{act}", target=client, company=client.office_id, actor=by, at=at,
        request=request,
    )  # fmt: skip
