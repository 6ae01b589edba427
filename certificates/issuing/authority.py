"""What the portal asks of a certification authority, whatever protocol it speaks.

The identity in a certificate is that of the order. A request (PKCS#10) gives the public key alone.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from certificates.icp.record import Kind


class Medium(TextChoices):
    """Where the key is kept (DOC-ICP-04): a file, or a token or card."""

    A1 = "A1", "A1"
    A3 = "A3", "A3"


class RevocationReason(TextChoices):
    """Reasons of RFC 5280, 5.3.1, that a holder or an agent can give."""

    KEY_COMPROMISE = "keyCompromise", _("The key was lost, or somebody else may have it")
    AFFILIATION_CHANGED = "affiliationChanged", _("What the certificate says has changed")
    SUPERSEDED = "superseded", _("Another certificate takes its place")
    CESSATION = "cessationOfOperation", _("It is not needed any more")


@dataclass(frozen=True)
class Subject:
    """Whom the certificate names. ``kind`` is E_CPF or E_CNPJ; numbers have no mask.

    For an e-CNPJ ``name``, ``cpf`` and ``born_on`` are those of who answers for the company.
    """

    kind: Kind
    name: str
    cpf: str
    email: str
    born_on: date | None = None
    company_name: str = ""
    cnpj: str = ""


@dataclass(frozen=True)
class IssueOrder:
    """What is to be issued. ``reference`` is the order's number and never changes."""

    reference: str
    subject: Subject
    years: int
    medium: Medium


@dataclass(frozen=True)
class Pending:
    """Not decided yet. ``retry_after``: seconds that the authority asks us to wait, or None."""

    retry_after: int | None = None


@dataclass(frozen=True)
class Issued:
    """``chain``: certificates as DER, the holder's first, then each one's issuer."""

    chain: tuple[bytes, ...]


@dataclass(frozen=True)
class Failed:
    """The authority will not issue this. ``reason`` is for staff and may be in any language."""

    reason: str


IssueState = Pending | Issued | Failed


class AuthorityDown(Exception):
    """It cannot be reached, or answered nonsense: ask again later. The message is for staff."""

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(Exception):
    """It will not take this order or request; the message is the reason, for staff."""


class NotOffered(Exception):
    """The protocol has no such thing: staff must do it at the authority. The message says so."""


class CertificateAuthority(Protocol):
    """An authority that issues. Every method may reach over the network: call it in a job alone."""

    def submit(self, order: IssueOrder, csr: bytes, proof: bytes | None) -> str:
        """Ask for a certificate; a reference of at most 200 characters to ask about it with.

        ``csr``: PKCS#10 as DER. ``proof``: the holder's signature (CMS) of the renewal, if any.
        The same order and request again give the same reference and never a second certificate
        where the authority can tell. Raises AuthorityDown, Refused.
        """

    def poll(self, ref: str, order: IssueOrder, csr: bytes) -> IssueState:
        """How far ``ref`` is; order and request are those of ``submit``. Raises AuthorityDown."""

    def revoke(self, serial: str, reason: RevocationReason) -> None:
        """Revoke a certificate by its serial number in hexadecimal; again is no error.

        Raises AuthorityDown, Refused, NotOffered.
        """

    def chain(self) -> tuple[bytes, ...]:
        """The certificates of the authority as DER, the one that issues first.

        Raises AuthorityDown.
        """
