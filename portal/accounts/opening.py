"""How a session was opened, and what that limits it to."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

SESSION_KEY = "opening"
# What a login that a certificate began carries through its steps: how the session will be opened,
# and the identity that the person's password joins to their registration.
STATE_KEY = "opening"
JOIN_KEY = "join"


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

    @property
    def is_limited(self) -> bool:
        """Whether only the units of its CNPJ are open, and none of the person's own pages."""
        return self.means == Means.E_CNPJ

    @property
    def by_certificate(self) -> bool:
        return self.means != Means.PASSWORD

    def is_over(self, at: datetime) -> bool:
        """Whether the certificate has expired, and the session with it."""
        return self.not_after is not None and self.not_after <= at

    def as_json(self) -> dict[str, str]:
        """What the session keeps."""
        end = self.not_after.isoformat() if self.not_after else ""
        return {
            "means": self.means.value, "cnpj": self.cnpj, "company_name": self.company_name,
            "sha256": self.sha256, "not_after": end,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Any) -> "Opening":
        """The reverse; a password's where the session says nothing."""
        if not data:
            return cls(Means.PASSWORD)
        end = datetime.fromisoformat(data["not_after"]) if data["not_after"] else None
        return cls(
            Means(data["means"]), data["cnpj"], data["company_name"], data["sha256"], end
        )  # fmt: skip


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

    def as_json(self) -> dict[str, str]:
        """What a session or a ticket keeps of it, for a short while."""
        return {**asdict(self), "means": self.means.value, "not_after": self.not_after.isoformat()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "CertificateIdentity":
        """The reverse."""
        end = datetime.fromisoformat(data["not_after"])
        return cls(**{**data, "means": Means(data["means"]), "not_after": end})

    def opening(self) -> Opening:
        """What the session that it opens remembers."""
        limited = self.means == Means.E_CNPJ
        return Opening(
            self.means, self.cnpj if limited else "", self.company_name if limited else "",
            self.sha256, self.not_after,
        )  # fmt: skip


def opening_of(request: HttpRequest) -> Opening:
    """By what this session was opened: a certificate, or a password."""
    return Opening.from_json(request.session.get(SESSION_KEY))
