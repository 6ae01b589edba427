"""How a session was opened, and what that limits it to."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Means(TextChoices):
    PASSWORD = "password", _("Password")
    E_CPF = "e-cpf", _("e-CPF")
    E_CNPJ = "e-cnpj", _("e-CNPJ")


@dataclass(frozen=True)
class Opening:
    """How a session was opened. ``sha256``: of the certificate; empty for a password.

    A session that an e-CNPJ opened is limited to the units of its ``cnpj``: the file may be in
    several hands, and opens nothing else of the person whom it names.
    """

    means: Means
    cnpj: str = ""
    company_name: str = ""
    sha256: str = ""
    not_after: datetime | None = None


@dataclass(frozen=True)
class CertificateIdentity:
    """Whom a proven certificate names; what ``enter_with_certificate`` is given.

    ``name`` and ``cpf`` are the person's (holder of an e-CPF, responsible of an e-CNPJ).
    """

    means: Means
    name: str
    cpf: str
    email: str
    cnpj: str
    company_name: str
    sha256: str
    not_after: datetime
