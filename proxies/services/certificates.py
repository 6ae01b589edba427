"""Reading the certificate that somebody sends for an access: whose it is, or why it is refused."""

from collections.abc import Sequence
from datetime import datetime

from asn1crypto import pem, x509
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from certificates.icp import (
    CertificateRecord,
    certificates_in,
    check_usable,
    read_uploaded_certificate,
)
from certificates.icp.pfx import MAX_BYTES, Unlocked, above, unlock_uploaded
from certificates.trust.validation import examine
from certificates.trust.verdict import Fault, Purpose, Verdict
from portal import sandbox
from portal.taxid import public_tax_id

# Of any other fault the person is told (``remarks``), and the certificate is kept.
_REFUSED = (Fault.DEMONSTRATION, Fault.BAD_SIGNATURE, Fault.REVOKED)
_KEYS = ("rsa", "ec")


@sensitive_variables()
def read(
    pfx: bytes, password: str, *, holder: str, at: datetime
) -> tuple[CertificateRecord, bytes, str]:
    """What the certificate in a PFX says, its key (PKCS#8 DER, without password), and the
    authorities' certificates that came with it (PEM, the nearest first; empty without any).

    Nothing is kept here: the caller seals the key and drops the file with its password.
    ``holder``: the CNPJ or CPF of the access. Raises ValidationError; its code is one of
    ``too_large``, ``unreadable``, ``wrong_password``, ``malformed``, ``no_private_key``,
    ``no_certificate``, ``several_leaves``, ``unsupported_key``, ``server_certificate``,
    ``not_icp``, ``expired``, ``not_yet_valid``, ``other_holder``, ``demonstration``,
    ``bad_signature``, ``revoked``, ``busy``, ``too_costly``.
    """
    if len(pfx) > MAX_BYTES:
        raise ValidationError(
            _("This file is too large to be a certificate with its key."), code="too_large"
        )
    found = unlock_uploaded(pfx, password)
    said = read_uploaded_certificate(found.certificate)
    with sandbox.answered(sandbox.Unreadable):
        chain = _chain(found)
    check_usable(said, at)
    check_holder(said.tax_id, holder)
    _check_trust(said, chain, at)
    return said, found.key, "".join(pem.armor("CERTIFICATE", der).decode() for der in chain)


def remarks(der: bytes, chain: str, *, at: datetime) -> list[str]:
    """What the person who sent the certificate should know, and what does not keep it from being
    used: an authority that is not known here, a revocation state that nobody could tell."""
    others = [c.dump() for c in certificates_in(chain.encode())] if chain else []
    verdict = _verdict(der, others, at)
    told = (*verdict.faults, *verdict.warnings)
    return [str(fault.label) for fault in told if fault != Fault.UNREADABLE]


def _chain(found: Unlocked) -> list[bytes]:
    leaf = x509.Certificate.load(found.certificate)
    if leaf.public_key.algorithm not in _KEYS:
        raise ValidationError(
            _("The key of this certificate is of a kind that cannot be used here."),
            code="unsupported_key",
        )
    return [c.dump() for c in above(leaf, [x509.Certificate.load(der) for der in found.others])]


def check_holder(tax_id: str, holder: str) -> None:
    """Refuse a certificate of somebody else than the access's holder: ValidationError."""
    if tax_id == holder:
        return
    raise ValidationError(
        _("This certificate is of %(said)s; the access is of %(holder)s."),
        code="other_holder", params={"said": public_tax_id(tax_id), "holder": public_tax_id(holder)},
    )  # fmt: skip


def _check_trust(said: CertificateRecord, others: Sequence[bytes], at: datetime) -> None:
    faults = _verdict(said.der, others, at).faults
    for fault in _REFUSED:
        if fault in faults:
            raise ValidationError(fault.label, code=fault.value)


def _verdict(der: bytes, others: Sequence[bytes], at: datetime) -> Verdict:
    return examine(der, purpose=Purpose.WATCH, at=at, others=others)
