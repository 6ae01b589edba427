"""The few events that one desk tells another: named and typed. Listeners are in ``Desk.hooks``."""

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser

from portal import desks


@dataclass(frozen=True)
class DocumentContested:
    """A client contested a document; whoever handles questions of amount may open a ticket."""

    document_pk: int
    user_pk: int
    reason: str


@dataclass(frozen=True)
class CertificateShown:
    """A person (an ``accounts.User``) came in with a certificate, or confirmed their CPF with it."""

    sha256: str
    user: AbstractBaseUser


def tell(event: object) -> None:
    """Call everybody who listens to this kind of event, in the caller's transaction."""
    for listener in desks.listeners(type(event)):
        listener(event)
