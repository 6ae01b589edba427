"""What makes an event a link of its chain: its hash, its commitment to who and where, its MAC."""

import hashlib
import ipaddress
import secrets
from datetime import UTC
from typing import Any

from portal.audit.models import AuditEvent
from portal.canonical import canonical_text
from portal.vault.services import mac, mac_holds

LABEL = "audit.event"


def complete(row: AuditEvent) -> None:
    """Fill in what proves a new link; everything else of it is set already."""
    row.version = AuditEvent.KEYED
    row.salt = secrets.token_hex(16)
    row.who = commitment(row)
    row.hash = link_hash(row)
    row.mac = mac(row.hash.encode(), label=LABEL)


def commitment(row: AuditEvent) -> str:
    """SHA-256 (hexadecimal) of the salt with who did it and from where.

    Without the salt, which erasure removes, nobody can find out by trying whom it meant.
    """
    address = ipaddress.ip_address(row.address).compressed if row.address else None
    return hashlib.sha256(
        f"{row.salt}:{canonical_text([row.actor_id, address])}".encode()
    ).hexdigest()


def link_hash(row: AuditEvent) -> str:
    """SHA-256 (hexadecimal) of the canonical JSON of everything but the personal data.

    Links of the first version knew nothing of who and where.
    """
    payload: dict[str, Any] = {
        "action": row.action, "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "chain": row.chain, "data": row.data, "previous": row.previous,
        "sequence": row.sequence, "target": row.target,
    }  # fmt: skip
    if row.version >= AuditEvent.KEYED:
        payload |= {"version": row.version, "who": row.who}
    return hashlib.sha256(canonical_text(payload).encode()).hexdigest()


def is_erased(row: AuditEvent) -> bool:
    """Whether who and where were taken out (LGPD); what was committed to cannot be checked then."""
    return row.salt is None and row.actor_id is None and row.address is None


def is_proven(row: AuditEvent) -> bool:
    """Whether the MAC is right. KeyMissing when the ring no longer has its key."""
    return mac_holds(row.hash.encode(), row.mac, label=LABEL)
