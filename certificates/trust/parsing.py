"""Takes a certificate apart for validation: tolerant of encodings, strict about what decides."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from asn1crypto import algos, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certificates.icp.identity import common_name
from certificates.icp.reading import UNPARSABLE

MAX_BYTES = 64 * 1024
MIN_RSA_BITS = 2048
MAX_URLS = 4
# SHA-1 and MD5 prove nothing any more.
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512,
}  # fmt: skip
# Critical extensions that are looked at here; any other one that is critical is a refusal.
_UNDERSTOOD = frozenset(
    {
        "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.31", "2.5.29.32",
        "2.5.29.35", "2.5.29.37", "1.3.6.1.5.5.7.1.1",
    }
)  # fmt: skip
_NAME_CONSTRAINTS = "2.5.29.30"


class Unreadable(ValueError):
    """These bytes are no certificate."""


@dataclass(frozen=True, eq=False)
class Parsed:
    """A certificate and what validation asks of it; everything was decoded once, so nothing raises.

    ``path_length``: None without limit. ``usages``, ``extended``: None when the extension is
    absent. ``extended`` and ``policies`` hold dotted OIDs.
    """

    der: bytes
    sha256: str
    asn1: x509.Certificate
    subject: bytes
    issuer: bytes
    names: tuple[str, str]
    serial: int
    not_before: datetime
    not_after: datetime
    is_authority: bool
    path_length: int | None
    usages: frozenset[str] | None
    extended: frozenset[str] | None
    policies: tuple[str, ...]
    key_id: bytes | None
    authority_key_id: bytes | None
    list_urls: tuple[str, ...]
    answer_urls: tuple[str, ...]
    issuer_urls: tuple[str, ...]
    not_understood: bool

    @property
    def name(self) -> str:
        """The subject's CN, or what comes next to it."""
        return self.names[0]

    @property
    def issuer_name(self) -> str:
        return self.names[1]

    @property
    def is_self_issued(self) -> bool:
        return self.subject == self.issuer

    @cached_property
    def key(self) -> Any:
        """The public key, or None for one of a kind that is not understood."""
        try:
            return load_der_public_key(self.asn1.public_key.dump())
        except (ValueError, UnsupportedAlgorithm):
            return None

    @cached_property
    def subject_text(self) -> str:
        """The subject as RFC 5280, 7.1 compares names; empty for one that cannot be compared."""
        return _comparable(self.asn1.subject)

    @cached_property
    def issuer_text(self) -> str:
        return _comparable(self.asn1.issuer)

    @cached_property
    def authority_id(self) -> str:
        """Name and key of an authority, hashed: what signs lists, however often it is certified."""
        return hashlib.sha256(self.subject + self.asn1.public_key.dump()).hexdigest()

    @cached_property
    def key_bits(self) -> bytes:
        """The bits of the public key alone, as OCSP identifies issuers by."""
        return bytes(
            self.asn1["tbs_certificate"]["subject_public_key_info"]["public_key"].contents[1:]
        )

    def decode(self) -> None:
        """Decode now what is otherwise decoded late: asn1crypto's laziness is not for threads."""
        _ = (self.key, self.authority_id, self.key_bits, self.subject_text, self.issuer_text)

    def valid(self, at: datetime) -> bool:
        return self.not_before <= at <= self.not_after

    def is_signed_by(self, authority: "Parsed") -> bool:
        """Whether this authority's key made the certificate's signature."""
        return verifies(
            authority.key,
            self.asn1["signature_algorithm"],
            self.asn1.signature,
            self.asn1["tbs_certificate"].dump(),
        )


def parse(der: bytes) -> Parsed:
    """A certificate's DER taken apart. Raises Unreadable, and nothing else."""
    if len(der) > MAX_BYTES:
        raise Unreadable("too large")
    try:
        return _parse(der)
    except Unreadable:
        raise
    except UNPARSABLE as error:
        raise Unreadable(str(error)) from error


def _parse(der: bytes) -> Parsed:
    certificate = x509.Certificate.load(der, strict=True)
    tbs = certificate["tbs_certificate"]
    extensions = tbs["extensions"]
    seen = [extension["extn_id"].dotted for extension in extensions]
    if len(set(seen)) != len(seen):
        raise Unreadable("an extension occurs twice")
    critical = {e["extn_id"].dotted for e in extensions if e["critical"].native}
    constraints = certificate.basic_constraints_value
    usage, extended = certificate.key_usage_value, certificate.extended_key_usage_value
    policies = certificate.certificate_policies_value
    # Decoded now, so that whoever asks later meets no surprise.
    algorithm = certificate["signature_algorithm"]
    if algorithm.dump() != tbs["signature"].dump() or not algorithm.native:
        raise Unreadable("two signature algorithms")
    bool(certificate.signature and certificate.public_key.dump())
    return Parsed(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        asn1=certificate,
        subject=certificate.subject.dump(),
        issuer=certificate.issuer.dump(),
        names=(common_name(certificate.subject), common_name(certificate.issuer)),
        serial=certificate.serial_number,
        not_before=_instant(certificate.not_valid_before),
        not_after=_instant(certificate.not_valid_after),
        is_authority=bool(constraints and constraints["ca"].native),
        path_length=constraints["path_len_constraint"].native if constraints else None,
        usages=frozenset(usage.native) if usage is not None else None,
        extended=frozenset(e.dotted for e in extended) if extended is not None else None,
        policies=tuple(p["policy_identifier"].dotted for p in policies or ()),
        key_id=certificate.key_identifier,
        authority_key_id=certificate.authority_key_identifier,
        list_urls=_list_urls(certificate),
        answer_urls=_access(certificate, "ocsp"),
        issuer_urls=_access(certificate, "ca_issuers"),
        not_understood=bool(critical - _UNDERSTOOD) or _NAME_CONSTRAINTS in seen,
    )


def _comparable(name: x509.Name) -> str:
    try:
        return str(name.hashable)
    except UNPARSABLE:
        return ""


def _instant(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unreadable("a time outside the calendar")
    return value


def _list_urls(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where complete lists of the issuer's own are; other kinds of distribution points are not used."""
    found: list[str] = []
    for point in certificate.crl_distribution_points_value or ():
        name = point["distribution_point"]
        if point["crl_issuer"].native or point["reasons"].native or name.name != "full_name":
            continue
        found += [n.native for n in name.chosen if n.name == "uniform_resource_identifier"]
    return _web(found)


def _access(certificate: x509.Certificate, method: str) -> tuple[str, ...]:
    found = [
        entry["access_location"].native
        for entry in certificate.authority_information_access_value or ()
        if entry["access_method"].native == method
        and entry["access_location"].name == "uniform_resource_identifier"
    ]
    return _web(found)


def _web(urls: list[Any]) -> tuple[str, ...]:
    """Web addresses of a sane length, the first few; LDAP and the like are of no use here."""
    sound = [u for u in urls if isinstance(u, str) and len(u) <= 500 and u.isascii()]
    return tuple(u for u in sound if u.lower().startswith(("http://", "https://")))[:MAX_URLS]


def verifies(
    key: Any, algorithm: algos.SignedDigestAlgorithm, signature: bytes, signed: bytes
) -> bool:
    """Whether ``key`` made ``signature`` over ``signed``. RSA from 2048 bits, ECDSA, Ed25519, Ed448."""
    try:
        kind = algorithm.signature_algo
        if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            name = "ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else "ed448"
            if kind != name:
                return False
            key.verify(signature, signed)
            return True
        digest = _HASHES[algorithm.hash_algo]()
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
            key.verify(signature, signed, _padding(kind, algorithm), digest)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and kind == "ecdsa":
            key.verify(signature, signed, ec.ECDSA(digest))
            return True
    except (InvalidSignature, UnsupportedAlgorithm, *UNPARSABLE):
        return False
    return False


def _padding(kind: str, algorithm: Any) -> Any:
    if kind == "rsassa_pkcs1v15":
        return padding.PKCS1v15()
    if kind == "rsassa_pss":
        parameters = algorithm["parameters"]
        mask = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
        return padding.PSS(padding.MGF1(_HASHES[mask]()), parameters["salt_length"].native)
    raise ValueError(kind)
