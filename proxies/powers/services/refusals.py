"""Why something cannot be done with a power of attorney, in words for who asked for it."""

from django.core.exceptions import ValidationError


class CannotGrant(Exception):
    """This power cannot be drafted, confirmed or discarded here; the message says why."""


class CannotAccept(Exception):
    """This person cannot accept, decline or end the power in this session; the message says why."""


class SignatureRefused(ValidationError):
    """What was handed in is not the grantor's signature of this record; the message says why."""
