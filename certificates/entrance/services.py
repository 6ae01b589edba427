"""Tickets: issued where the certificate was shown, redeemed once where the session begins."""

import hashlib
import json
import secrets
from datetime import datetime
from typing import TypedDict

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from certificates.entrance.models import KEPT, LIFE, Ticket
from portal.accounts.opening import CertificateIdentity
from portal.vault.services import VaultError, open_sealed, seal


class VaultContext(TypedDict):
    """Where the vault is told that a ticket's identity belongs."""

    label: str
    tenant: str
    row: str
    field: str


class Problem(TextChoices):
    """Why a ticket is not accepted; the label is the plain explanation."""

    NO_COOKIE = "no_cookie", _("This browser has no login under way, or it took too long.")
    UNKNOWN = "unknown", _("This address does not belong to any login.")
    OTHER_BROWSER = "other_browser", _("This login was begun in another browser or window.")
    USED = "used", _("This address was used already: it works once.")
    LATE = "late", _("The way back took longer than a minute.")


class Refused(Exception):
    """A ticket that opens nothing."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def hashed(secret: str) -> str:
    """SHA-256, hexadecimal. The secrets are random and long: no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_ticket(identity: CertificateIdentity, *, nonce_hash: str, at: datetime) -> str:
    """The ticket, which is kept nowhere; good for LIFE in the browser with that nonce."""
    token = secrets.token_urlsafe(32)
    token_hash = hashed(token)
    Ticket.objects.create(
        token_hash=token_hash,
        nonce_hash=nonce_hash,
        sealed=seal(_packed(identity), **_vault_context(token_hash)),
        created_at=at,
        expires_at=at + LIFE,
    )
    return token


def redeem_ticket(token: str, *, nonce: str, at: datetime) -> CertificateIdentity:
    """Whom the ticket is for; it is used up. Raises Refused.

    One conditional UPDATE decides: of two requests at the same time one finds it used.
    """
    if not nonce:
        raise Refused(Problem.NO_COOKIE)
    mine = Ticket.objects.filter(token_hash=hashed(token))
    ticket = mine.first()
    good = mine.filter(nonce_hash=hashed(nonce), used_at=None, expires_at__gt=at)
    if ticket is None or not good.update(used_at=at, sealed=None):
        raise Refused(_problem(ticket, nonce, at))
    try:
        return _unpacked(open_sealed(ticket.sealed or b"", **_vault_context(ticket.token_hash)))
    except VaultError:  # its key is gone, or the row was tampered with
        raise Refused(Problem.UNKNOWN) from None


def _problem(ticket: Ticket | None, nonce: str, at: datetime) -> Problem:
    """Nobody learns of a ticket that is not theirs whether it was used."""
    if ticket is None:
        return Problem.UNKNOWN
    if ticket.nonce_hash != hashed(nonce):
        return Problem.OTHER_BROWSER
    return Problem.LATE if ticket.used_at is None and ticket.expires_at <= at else Problem.USED


@transaction.atomic
def delete_old_tickets(*, at: datetime) -> int:
    """Remove those that ended a day ago, and empty those that ended unused; how many went."""
    Ticket.objects.filter(expires_at__lte=at).exclude(sealed=None).update(sealed=None)
    return Ticket.objects.filter(expires_at__lt=at - KEPT).delete()[0]


def _packed(identity: CertificateIdentity) -> bytes:
    return json.dumps(identity.as_json()).encode()


def _unpacked(data: bytes) -> CertificateIdentity:
    return CertificateIdentity.from_json(json.loads(data))


def _vault_context(token_hash: str) -> VaultContext:
    return {"label": Ticket.LABEL, "tenant": "portal", "row": token_hash, "field": Ticket.FIELD}
