"""The result of judging a certificate."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.icp import CertificateRecord


class Purpose(TextChoices):
    """What the certificate is to be used for."""

    LOGIN = "login"  # revocation unknown: refused
    SIGN = "sign"
    WATCH = "watch"  # kept to be watched: what is unknown is a warning


class Fault(TextChoices):
    """Why a certificate is not accepted; the label is the plain explanation."""

    UNREADABLE = "unreadable", _("This is not a certificate, or it is damaged.")
    EXPIRED = "expired", _("The certificate has expired.")
    NOT_YET_VALID = "not_yet_valid", _("The certificate is not valid yet.")
    UNKNOWN_AUTHORITY = (
        "unknown_authority",
        _("The certificate was issued by an authority that is not trusted here."),
    )
    BAD_SIGNATURE = (
        "bad_signature",
        _("The certificate is signed with another key than its authority's."),
    )
    SERVER_CERTIFICATE = (
        "server_certificate",
        _("This is the certificate of a server or equipment, not of a person or company."),
    )
    WRONG_PURPOSE = "wrong_purpose", _("The certificate was not issued for this use.")
    WRONG_POLICY = "wrong_policy", _("The certificate's policy is not accepted for this use.")
    NO_IDENTITY = "no_identity", _("The certificate names neither a CPF nor a CNPJ of ICP-Brasil.")
    REVOKED = "revoked", _("The certificate was revoked by its authority.")
    REVOCATION_UNKNOWN = (
        "revocation_unknown",
        _("Whether the certificate was revoked could not be found out."),
    )
    DEMONSTRATION = (
        "demonstration",
        _("This certificate was issued for demonstrations and opens nothing here."),
    )


class Revocation(TextChoices):
    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """``path``: common names from the certificate up to the root, as far as it was built.

    ``faults``: in the order in which a person should hear of them; for ``Purpose.WATCH`` and
    ``Purpose.SIGN`` a revocation state that is unknown is in ``warnings`` instead.
    ``revoked_at``: also when that was after the instant that was asked about (the state is then
    good). ``revocation_as_of``: when the authority said what is known of the state.
    """

    record: CertificateRecord | None
    path: tuple[str, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    revocation: Revocation
    revoked_at: datetime | None = None
    revocation_as_of: datetime | None = None

    @property
    def ok(self) -> bool:
        return not self.faults

    @property
    def explanations(self) -> list[str | Promise]:
        """Each fault in plain words."""
        return [fault.label for fault in self.faults]
