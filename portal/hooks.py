"""The few events that one desk tells another: named and typed. Listeners are in ``Desk.hooks``."""

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser

from portal import desks


@dataclass(frozen=True, kw_only=True)
class About:
    """A document as others name it. ``key``: its model and key, ``app.model:12``."""

    key: str
    title: str
    url: str
    unit_pk: int


@dataclass(frozen=True, kw_only=True)
class DocumentContested:
    """A client contested a document. Who takes it up answers True: then no mail asks for it."""

    document: About
    user_pk: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class DocumentAsked:
    """A client asks something about a document. Who takes it up answers True, as above."""

    document: About
    user_pk: int
    question: str


@dataclass(frozen=True)
class CertificateShown:
    """A person (an ``accounts.User``) came in with a certificate, or confirmed their CPF with it."""

    sha256: str
    user: AbstractBaseUser


@dataclass(frozen=True, kw_only=True)
class ChargeChanged:
    """Something became of a charge of ``portal.payments``. ``about``: what it was raised for.

    ``what``: ``settled``, ``partly``, ``over``, ``late``, ``withdrawn``, ``duplicate`` (paid once
    more), ``after_withdrawal``, ``reopened`` (a bank file was undone), ``payer`` (somebody else
    pays, by a new slip), ``slip`` (staff issued a new one) or ``refunded``. ``cents``: what came,
    or was given back; then ``note`` says how. ``by``: who gave it back, or did the change.
    """

    about: str
    charge_pk: int
    what: str
    cents: int = 0
    note: str = ""
    by: AbstractBaseUser | None = None


def tell(event: object) -> bool:
    """Call everybody who listens to this kind of event, in the caller's transaction; whether one
    of them took it up."""
    answers = [listener(event) for listener in desks.listeners(type(event))]
    return True in answers
