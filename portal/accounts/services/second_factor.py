"""Clients are invited to a second factor, once."""

from datetime import datetime

from allauth.mfa.models import Authenticator

from portal.accounts.models import DeclinedSecondFactor, User

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def is_invited(user: User) -> bool:
    """Whether this client has no second factor and has not put the invitation away. One query."""
    if user.is_staff or user.is_limited:
        return False
    waiting = User.objects.filter(pk=user.pk, declined_second_factor=None)
    return waiting.exclude(authenticator__type__in=FACTORS).exists()


def decline(user: User, *, at: datetime) -> None:
    """The invitation is not shown again; the page of the second factor stays where it is."""
    DeclinedSecondFactor.objects.get_or_create(user=user, defaults={"at": at})
