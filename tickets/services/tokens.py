"""Reply tokens: addresses and Message-IDs by which an answer finds its order.

A token belongs to one participant of one order: 131 bits, derived from the portal's secret, kept
as a digest, gone when the participant leaves. It says which order is meant, not who writes: see
``tickets.mail.trust``.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from django.conf import settings

from portal.tokens import digest_of
from tickets.models import Entry, Participant

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 22


def token_of(participant: Participant) -> str:
    """The participant's token; its digest is noted where it is new (or the secret was changed)."""
    token = _derived(f"{participant.ticket_id}:{participant.pk}")
    if participant.token_digest != digest_of(token):
        participant.token_digest = digest_of(token)
        participant.save(update_fields=["token_digest"])
    return token


def find(token: str) -> Participant | None:
    """Whose token it is, if that person still takes part."""
    found = Participant.objects.in_force().select_related("ticket")
    return found.filter(token_digest=digest_of(token)).first()


def message_id(entry: Entry, token: str) -> str:
    """Of the mail about this entry to the token's owner: ``<os.TICKET.ENTRY.TOKEN@host>``."""
    return f"<os.{entry.ticket_id}.{entry.pk}.{token}@{host()}>"


def root_id(ticket_pk: int) -> str:
    """The id to which all mail about an order refers, so that programs show it together."""
    return f"<os.{ticket_pk}@{host()}>"


def host() -> str:
    return urlsplit(settings.BASE_URL).hostname or "localhost"


def _derived(about: str) -> str:
    key = hashlib.sha256(b"tickets.reply:" + settings.SECRET_KEY.encode()).digest()
    number = int.from_bytes(hmac.digest(key, about.encode(), "sha256"), "big")
    digits = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(digits)
