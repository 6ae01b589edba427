"""What a certificate says, typed. Nothing of it is proved; see ``certificates.trust``."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a certificate is for, by its attributes."""

    E_CPF = "e-cpf", _("e-CPF")
    E_CNPJ = "e-cnpj", _("e-CNPJ")
    SEAL = "seal", _("Electronic seal")
    SERVER = "server", _("Server or equipment")
    OTHER = "other", _("Another kind")


@dataclass(frozen=True)
class Person:
    """Holder of an e-CPF, or who answers for the company of an e-CNPJ (DOC-ICP-04).

    Numbers without mask; empty what the certificate leaves blank or fills with zeros.
    """

    name: str
    cpf: str
    birth: date | None = None
    nis: str = ""
    rg: str = ""
    rg_issuer: str = ""
    rg_state: str = ""


@dataclass(frozen=True)
class CertificateRecord:
    """A certificate's statements. ``name`` is the holder's, without the number in the CN.

    ``cpf``: of the holder (e-CPF) or of the responsible person (e-CNPJ). ``policy``: A1 to A4, S1
    to S4, ``seal-software``, ``seal-hardware`` or empty. ``serial``: lower-case hexadecimal.
    Fingerprints: lower-case hexadecimal of the DER.
    """

    kind: Kind
    name: str
    cpf: str
    cnpj: str
    person: Person | None
    email: str
    policy: str
    policy_oid: str
    issuer: str
    serial: str
    sha256: str
    sha1: str
    not_before: datetime
    not_after: datetime
    der: bytes = field(repr=False)

    @property
    def tax_id(self) -> str:
        """The holder's CNPJ or CPF, without mask; empty when it names neither."""
        return self.cnpj or self.cpf
