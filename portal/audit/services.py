"""Writing the audit chains."""

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.http import HttpRequest
from django.utils import timezone

from portal.audit.links import complete
from portal.audit.models import AuditEvent
from portal.requests import client_ip

PORTAL = "portal"
_LOCK_CLASS = 0x61756469  # "audi": our own space among PostgreSQL's advisory locks
_CHUNK = 1000


@dataclass(frozen=True)
class NewEvent:
    """What is to be recorded; see ``record`` for the meaning of each part."""

    action: str
    target: models.Model | str = ""
    company: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def record(
    action: str,
    *,
    target: models.Model | str = "",
    company: int | None = None,
    actor: AbstractBaseUser | None = None,
    request: HttpRequest | None = None,
    data: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEvent:
    """Append one event to the company's chain (the portal's own without a company).

    Joins the surrounding transaction and holds the chain's lock until it ends, so call it late.
    ``data`` must be JSON without floats, and never holds personal data or secrets: it is hashed
    and cannot be erased. ``actor`` and the address default to those of ``request``. Of an actor who
    reaches the company by a power of attorney alone ``data["power"]`` says by which.
    """
    event = NewEvent(action, target, company, data or {})
    return record_many([event], actor=actor, request=request, at=at)[0]


def record_many(
    events: Iterable[NewEvent],
    *,
    actor: AbstractBaseUser | None = None,
    request: HttpRequest | None = None,
    at: datetime | None = None,
) -> list[AuditEvent]:
    """Append many events, in order: one lock and one bulk insert per chain and 1,000 events."""
    at = (at or timezone.now()).astimezone(UTC)
    if actor is None and request is not None and request.user.is_authenticated:
        actor = request.user
    address = (client_ip(request) or None) if request is not None else None
    by_chain: dict[str, list[NewEvent]] = defaultdict(list)
    powers: dict[int, list[str]] = {}
    for event in events:
        by_chain[chain_of(event.company)].append(_with_power(event, actor, at, powers))
    made: list[AuditEvent] = []
    if not by_chain:
        return made
    with transaction.atomic():
        for chain in sorted(by_chain):  # one order for all, so that no two writers deadlock
            rows = _links(
                chain, by_chain[chain], at, actor=getattr(actor, "pk", None), address=address
            )
            made += AuditEvent.objects.bulk_create(rows, batch_size=_CHUNK)
    return made


def _with_power(
    event: NewEvent, actor: AbstractBaseUser | None, at: datetime, known: dict[int, list[str]]
) -> NewEvent:
    """What is done at a company by a power of attorney says which: ``data["power"]`` has the keys.

    ``known``: what was found for companies before. The actor's ``power_at`` answers it.
    """
    power_at = getattr(actor, "power_at", None)
    if event.company is None or power_at is None or "power" in event.data:
        return event
    if event.company not in known:
        known[event.company] = power_at(event.company, at)
    keys = known[event.company]
    return replace(event, data={**event.data, "power": keys}) if keys else event


def chain_of(company: int | None) -> str:
    """The name of a company's chain."""
    return PORTAL if company is None else f"company:{company}"


def target_of(obj: models.Model | str) -> str:
    """``invoices.document:12``: how an event names what it is about."""
    return obj if isinstance(obj, str) else f"{obj._meta.label_lower}:{obj.pk}"


def _links(
    chain: str, events: list[NewEvent], at: datetime, *, actor: int | None, address: str | None
) -> list[AuditEvent]:
    _lock(chain)
    last = (
        AuditEvent.objects.filter(chain=chain).order_by("-sequence").values_list("sequence", "hash")
    )
    sequence, previous = last.first() or (0, "")
    rows = []
    for event in events:
        sequence += 1
        row = AuditEvent(
            chain=chain, sequence=sequence, action=event.action, target=target_of(event.target),
            data=_plain(event.data), at=at, previous=previous, actor_id=actor, address=address,
        )  # fmt: skip
        complete(row)
        previous = row.hash
        rows.append(row)
    return rows


def _lock(chain: str) -> None:
    """Until the transaction ends nobody else appends. SQLite's IMMEDIATE transaction is enough."""
    if connection.vendor == "postgresql":
        number = zlib.crc32(chain.encode()) - 2**31
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, number])


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` as every database gives it back: dates as text, keys as text, no floats."""

    def refuse(text: str) -> None:
        raise TypeError(f"No floats in audit data: {text}")

    text = json.dumps(data, cls=DjangoJSONEncoder, allow_nan=False)
    if "\\u0000" in text:
        raise ValueError("No NUL characters in audit data.")
    plain: dict[str, Any] = json.loads(text, parse_float=refuse)
    return plain


def erase_person(user_pk: int) -> int:
    """Take the person out of the events they caused (LGPD), the chains stay whole; how many.

    The caller records that number with the erasure: ``audit_verify`` compares.
    """
    events = AuditEvent.objects.filter(actor_id=user_pk)
    return events.update(actor_id=None, address=None, salt=None)
