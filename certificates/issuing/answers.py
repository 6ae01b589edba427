"""Reads what an authority answers, and checks it against what was asked for.

What comes is parsed in the sandbox: an authority is trusted to issue, not to send sound bytes.
"""

import base64
import binascii

from asn1crypto import csr as asn1_csr
from asn1crypto import x509
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certificates.icp import CertificateRecord, certificates_in, read_certificate
from certificates.icp.pfx import above
from certificates.issuing.authority import Subject
from portal import sandbox

MAX_BYTES = 256 * 1024
# What was issued is not asked for a second time: it waits long for a place in the sandbox.
PATIENT = sandbox.Limits(wait_seconds=300)


def issued_chain(body: bytes, csr: bytes, others: tuple[bytes, ...] = ()) -> tuple[bytes, ...]:
    """The certificate with the request's key, then those above it as far as they are known.

    ``body``: certs-only PKCS#7, in base64 or not. ``others``: further certificates that may stand
    above it. Raises ValidationError, code ``unreadable``, ``not_ours`` (none has our key), or one
    of the sandbox's.
    """
    return sandbox.run(parse_chain, body, csr, list(others), limits=PATIENT)


def parse_chain(body: bytes, csr: bytes, others: list[bytes]) -> tuple[bytes, ...]:
    """As ``issued_chain``, in this process."""
    with sandbox.answered(_unreadable):
        found = certificates_in(_decoded(body))
        info = asn1_csr.CertificationRequest.load(csr)["certification_request_info"]
        wanted = info["subject_pk_info"]["public_key"].contents
        # Programs write the algorithm's parameters beside the key differently.
        ours = [c for c in found if c.public_key["public_key"].contents == wanted and not c.ca]
        known = [*found, *(x509.Certificate.load(der) for der in others)]
    if len({one.dump() for one in ours}) != 1:
        raise ValidationError(
            _("The authority sent no certificate with the key of this request, or several."),
            code="not_ours",
        )
    with sandbox.answered(_unreadable):
        return tuple(one.dump() for one in (ours[0], *above(ours[0], known)))


def authorities(body: bytes) -> tuple[bytes, ...]:
    """Every certificate of such an answer, those that issue themselves last.

    Raises ValidationError, code ``unreadable``, or one of the sandbox's.
    """
    return sandbox.run(parse_authorities, body)


def parse_authorities(body: bytes) -> tuple[bytes, ...]:
    """As ``authorities``, in this process."""
    with sandbox.answered(_unreadable):
        found = certificates_in(_decoded(body))
        found.sort(key=lambda one: one.issuer.hashable == one.subject.hashable)
        return tuple(one.dump() for one in found)


def certificate(der: bytes) -> CertificateRecord:
    """What a certificate of the authority says. Raises ValidationError as ``read_certificate``."""
    return sandbox.run(read_certificate, der, limits=PATIENT)


def names_holder(record: CertificateRecord, subject: Subject) -> bool:
    """Whether a certificate names the holder of an order, by ICP-Brasil's attributes."""
    return (record.kind, record.cpf, record.cnpj) == (subject.kind, subject.cpf, subject.cnpj)


def _decoded(body: bytes) -> bytes:
    """DER out of base64 with line breaks or without; DER and PEM as they are."""
    if body[:1] == b"\x30" or b"-----BEGIN " in body:
        return body
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise _unreadable() from error


def _unreadable() -> ValidationError:
    return ValidationError(_("The authority's answer holds no certificates."), code="unreadable")
