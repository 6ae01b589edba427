"""Reads a certificate (DER, PEM or a bundle) into a typed record. Nothing is trusted here."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from asn1crypto import cms, pem, x509
from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography import x509 as strict_x509
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certificates.icp.identity import (
    EQUIPMENT_COMPANY,
    PERSON,
    RESPONSIBLE,
    RESPONSIBLE_NAME,
    cnpj_of,
    common_name,
    holder_name,
    other_names,
    person_of,
    subject_email,
    text_of,
)
from certificates.icp.record import CertificateRecord, Kind, Person
from portal import sandbox

MAX_BYTES = 256 * 1024
# What damaged or hostile bytes make asn1crypto and cryptography raise: no list of it was ever whole.
UNPARSABLE = (Exception,)
_MAX_SERIAL = 32
_POLICY = re.compile(r"2\.16\.76\.1\.2\.(10[1-4]|20[12]|[1-4])(\.[0-9]+)+")
_SEALS = {"201": "seal-software", "202": "seal-hardware"}
_PEM = b"-----BEGIN "


def unreadable() -> ValidationError:
    return ValidationError(_("This is not a certificate, or it is damaged."), code="unreadable")


def malformed() -> ValidationError:
    return ValidationError(
        _("This is a certificate, but what it holds is malformed and cannot be read."),
        code="malformed",
    )


def read_certificate(data: bytes) -> CertificateRecord:
    """What a certificate says, from DER, PEM or a bundle (PKCS#7, ``.p7b``).

    Of several certificates the only one that is no authority's is meant. Raises ValidationError;
    its code is one of ``unreadable``, ``malformed`` (a certificate's frame, but not its content),
    ``several_leaves``, ``private_key`` (a PFX, which ``certificates.icp.pfx`` reads).
    """
    if len(data) > MAX_BYTES:
        raise unreadable()
    return record_of(_leaf(certificates_in(data)))


def read_uploaded_certificate(data: bytes) -> CertificateRecord:
    """As ``read_certificate``, of a file that somebody sent: it is read in the sandbox."""
    if len(data) > MAX_BYTES:
        raise unreadable()
    return sandbox.run(read_certificate, data)


def certificates_in(data: bytes) -> list[x509.Certificate]:
    """Every certificate in DER, PEM or a PKCS#7 bundle; at least one.

    Raises ValidationError with the codes ``unreadable`` and ``private_key``.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    with sandbox.answered(unreadable):
        if _PEM in data:
            blocks = list(pem.unarmor(data[data.index(_PEM) :], multiple=True))
            ders = [der for kind, _headers, der in blocks if kind in ("CERTIFICATE", "PKCS7")]
        else:
            ders = [data]
        found = [certificate for der in ders for certificate in _certificates(der)]
    if not found:
        raise unreadable()
    return found


def _certificates(der: bytes) -> list[x509.Certificate]:
    if is_pfx(der):
        raise ValidationError(
            _("This file holds a private key (.pfx or .p12). Give the certificate alone (.cer)."),
            code="private_key",
        )
    # A SEQUENCE opens with another in a certificate, with an OID in PKCS#7.
    certificate = x509.Certificate.load(der, strict=True)
    if certificate.contents[:1] == b"\x06":
        bundle = cms.ContentInfo.load(der, strict=True)["content"]["certificates"]
        return [choice.chosen for choice in bundle if choice.name == "certificate"]
    if certificate["tbs_certificate"].contents[:1] not in (b"\xa0", b"\x02"):
        raise ValueError("no certificate")
    return [certificate]


def is_pfx(data: bytes) -> bool:
    """Whether the bytes have the outer shape of a PKCS#12 file."""
    try:
        pfx = asn1_pkcs12.Pfx.load(data, strict=True)
        return pfx["version"].native == "v3" and bool(pfx["auth_safe"]["content_type"].native)
    except UNPARSABLE:
        return False


def _leaf(certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    if len(certificates) == 1:
        return certificates[0]
    with sandbox.answered(malformed):
        leaves = {c.dump(): c for c in certificates if not c.ca}
    if len(leaves) != 1:
        raise ValidationError(
            _("This file has several certificates. Give the one that is meant, alone."),
            code="several_leaves",
        )
    return next(iter(leaves.values()))


def record_of(certificate: x509.Certificate) -> CertificateRecord:
    """What a parsed certificate says. Raises ValidationError, code ``malformed``."""
    with sandbox.answered(malformed):
        return _record(certificate)


def is_strict_der(der: bytes) -> bool:
    """Whether a strict parser takes it too: some in the wild spell ``critical FALSE``, say."""
    try:
        return len(strict_x509.load_der_x509_certificate(der).extensions) >= 0
    except UNPARSABLE:
        return False


def _record(certificate: x509.Certificate) -> CertificateRecord:
    tbs = certificate["tbs_certificate"]
    _check_extensions(tbs)
    names = other_names(certificate)
    policy, policy_oid = _policy(certificate)
    name, cnpj = holder_name(certificate.subject), cnpj_of(names)
    kind = _kind(certificate, names, policy=policy, cnpj=cnpj)
    person = _person(kind, names, name)
    return CertificateRecord(
        kind=kind,
        name=name,
        cpf=person.cpf if person else "",
        cnpj=cnpj,
        person=person,
        email=_email(certificate),
        policy=policy,
        policy_oid=policy_oid,
        issuer=common_name(certificate.issuer),
        serial=_serial(tbs),
        sha256=certificate.sha256.hex(),
        sha1=certificate.sha1.hex(),
        not_before=_instant(tbs["validity"]["not_before"].native),
        not_after=_instant(tbs["validity"]["not_after"].native),
        der=certificate.dump(),
    )


def _check_extensions(tbs: x509.TbsCertificate) -> None:
    """Each extension once (RFC 5280, 4.2): of two, programs would read different ones."""
    oids = [extension["extn_id"].dotted for extension in tbs["extensions"] or ()]
    if len(oids) != len(set(oids)):
        raise ValueError("an extension comes twice")


def _kind(certificate: x509.Certificate, names: dict[str, str], *, policy: str, cnpj: str) -> Kind:
    if certificate.ca:
        return Kind.OTHER
    if EQUIPMENT_COMPANY in names or _serves(certificate):
        return Kind.SERVER
    if policy.startswith("seal"):
        return Kind.SEAL
    if cnpj:
        return Kind.E_CNPJ
    return Kind.E_CPF if person_of(names.get(PERSON, ""), "") else Kind.OTHER


def _serves(certificate: x509.Certificate) -> bool:
    """Made for a machine: serverAuth, or a machine's name or address in the subjectAltName."""
    usages = certificate.extended_key_usage_value
    if usages is not None and "server_auth" in usages.native:
        return True
    names = certificate.subject_alt_name_value or ()
    return any(name.name in ("dns_name", "ip_address") for name in names)


def _person(kind: Kind, names: dict[str, str], name: str) -> Person | None:
    if kind == Kind.E_CPF:
        return person_of(names.get(PERSON, ""), name)
    if kind == Kind.OTHER:
        return None
    responsible = " ".join(names.get(RESPONSIBLE_NAME, "").split())
    return person_of(names.get(RESPONSIBLE, ""), responsible)


def _policy(certificate: x509.Certificate) -> tuple[str, str]:
    """Label and OID of ICP-Brasil's policy; a seal's before any other, else the first's OID."""
    oids = [p["policy_identifier"].dotted for p in certificate.certificate_policies_value or ()]
    labels = {oid: _label(found[1]) for oid in oids if (found := _POLICY.fullmatch(oid))}
    for oid, label in sorted(labels.items(), key=lambda item: not item[1].startswith("seal")):
        return label, oid
    return "", oids[0] if oids else ""


def _label(arc: str) -> str:
    """``1`` to ``4`` are A1 to A4 (signing), ``101`` to ``104`` S1 to S4 (secrecy)."""
    return _SEALS.get(arc) or (f"S{arc[-1]}" if len(arc) == 3 else f"A{arc}")


def _email(certificate: x509.Certificate) -> str:
    for name in certificate.subject_alt_name_value or ():
        if name.name == "rfc822_name" and (email := text_of(name.chosen).strip()):
            return email if len(email) <= 254 else ""
    email = subject_email(certificate.subject)
    return email if len(email) <= 254 else ""


def _serial(tbs: x509.TbsCertificate) -> str:
    raw: bytes = tbs["serial_number"].contents or b""
    if len(raw) > _MAX_SERIAL:
        raise ValueError("a serial number of absurd length")
    return raw.hex().lstrip("0") or "0"


def _instant(value: datetime) -> datetime:
    if not isinstance(value, datetime):  # asn1crypto has a type of its own for the year 0
        raise TypeError("a time outside the calendar")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
