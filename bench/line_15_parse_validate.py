"""Line 15: parse and judge a certificate for login, CPU, against raw verification of its signatures.

Ours: DER to verdict, everything: record, chain, purpose, policy, identity, revocation from the
database (SQLite) and a list of 20,000 entries. Floor: cryptography verifying the two signatures of
the path (leaf, intermediate) with keys that are loaded already, and nothing else.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ground
import paper

ROUNDS, MANY, REVOKED = 9, 100, 20_000


def cpu(work: Callable[[Any], object], items: list[Any]) -> Callable[[], float]:
    """Milliseconds of CPU for one of ``items``, as the mean of all."""

    def measure() -> float:
        start = time.process_time()
        for item in items:
            work(item)
        return (time.process_time() - start) * 1000 / len(items)

    return measure


def main() -> None:
    paper.start()
    from certificates.icp import read_certificate
    from certificates.trust.validation import examine
    from certificates.trust.verdict import Purpose

    people, raw = world()
    at = datetime.now(UTC)

    def judge(der: bytes) -> None:
        verdict = examine(der, purpose=Purpose.LOGIN, at=at)
        if not verdict.ok:
            raise RuntimeError(verdict.faults)

    pairs = [("parse to a record, CPU ms", read_certificate), ("parse and judge, CPU ms", judge)]
    for measure, work in pairs:
        ours, floor, _ = ground.median_of_pairs(cpu(work, people), cpu(raw, people), ROUNDS)
        ground.report(15, measure, ours, floor, "<= 40")


def world() -> tuple[list[bytes], Callable[[bytes], None]]:
    """People under an authority under a pinned root, RSA 4096 as ICP-Brasil's; the floor's work."""
    from asn1crypto import x509 as asn1_x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from django.conf import settings

    from certificates.demo import registration
    from tests.certificates import pki

    root = pki.an_authority(key=rsa.generate_private_key(65537, 4096))
    issuer = pki.an_authority("AC de Teste", issuer=root, key=rsa.generate_private_key(65537, 4096))
    folder = Path(paper.FOLDER.name)
    (folder / "roots.pem").write_bytes(root.pem)
    (folder / "known.pem").write_bytes(issuer.pem)
    settings.TRUST_ROOTS_FILE = str(folder / "roots.pem")
    settings.TRUST_INTERMEDIATES_FILE = str(folder / "known.pem")
    registration.unregister()
    keep_list(issuer)
    people = [pki.a_person(issuer, lists="http://crl.example/ac.crl").der for _ in range(MANY)]
    # What the floor is given: signed bytes and signatures, found beforehand.
    parts = {}
    for der in (*people, issuer.der):
        parsed = asn1_x509.Certificate.load(der)
        parts[der] = parsed.signature, parsed["tbs_certificate"].dump()
    keys = issuer.key.public_key(), root.key.public_key()

    def raw(der: bytes) -> None:
        for key, (signature, signed) in zip(keys, (parts[der], parts[issuer.der]), strict=True):
            key.verify(signature, signed, PKCS1v15(), hashes.SHA256())

    return people, raw


def keep_list(issuer: Any) -> None:
    """A list of many others, as a job would have kept it."""
    import hashlib

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    from certificates.trust.lists import check_list
    from certificates.trust.models import RevocationList
    from certificates.trust.parsing import parse

    at = datetime.now(UTC).replace(microsecond=0)
    entries = [
        x509.RevokedCertificateBuilder().serial_number(number << 90).revocation_date(at).build()
        for number in range(1, REVOKED + 1)
    ]
    builder = x509.CertificateRevocationListBuilder(
        issuer.certificate.subject, at - timedelta(hours=1), at + timedelta(days=1), [], entries
    )
    der = builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
    authority = parse(issuer.der)
    said = check_list(der, issuer=authority, at=at)
    RevocationList.objects.create(
        url="http://crl.example/ac.crl", authority=authority.authority_id, der=der,
        sha256=hashlib.sha256(der).hexdigest(), this_update=said.this_update,
        next_update=said.next_update, wanted_at=at,
    )  # fmt: skip


if __name__ == "__main__":
    main()
