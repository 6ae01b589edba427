"""Revocation lists of the demonstration's authority (RFC 5280), and what is on them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.demo.authority import Authority, demo_ca, folder, locked, write
from certificates.issuing import RevocationReason

LISTS = ("crl.der", "crl-raiz.der")
_LIVES = timedelta(days=30)
_RENEW_BEFORE = timedelta(days=7)


def crl() -> bytes:
    """The intermediate's revocation list (DER), never stale."""
    return crls()[0]


def crls() -> list[bytes]:
    """The lists of the intermediate and of the root (DER), never stale."""
    kept = [_fresh(folder() / name) for name in LISTS]
    if all(kept):
        return [data for data in kept if data]
    ca = demo_ca()
    with locked() as path:
        made = [_make(ca.issuer, _revoked(path)), _make(ca.root, {})]
        for name, data in zip(LISTS, made, strict=True):
            write(path / name, data)
    return made


def revoke(
    serial: int, *, at: datetime, reason: RevocationReason = RevocationReason.KEY_COMPROMISE
) -> None:
    """Put a certificate of the intermediate on its list, for good; the first reason stays."""
    with locked() as path:
        revoked = _revoked(path)
        revoked.setdefault(f"{serial:x}", f"{at.isoformat()} {reason.value}")
        write(path / "revogados.json", json.dumps(revoked, indent=1).encode())
        (path / LISTS[0]).unlink(missing_ok=True)


def _revoked(path: Path) -> dict[str, str]:
    file = path / "revogados.json"
    return dict(json.loads(file.read_bytes())) if file.exists() else {}


def _fresh(file: Path) -> bytes | None:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    end = x509.load_der_x509_crl(data).next_update_utc
    return data if end and end - datetime.now(UTC) > _RENEW_BEFORE else None


def _make(issuer: Authority, revoked: dict[str, str]) -> bytes:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        # Clocks differ; and documents signed just now are checked at once.
        .last_update(now - timedelta(minutes=5))
        .next_update(now + _LIVES)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
    )
    for serial, text in revoked.items():
        at, _blank, reason = text.partition(" ")  # none in files of before
        row = (
            x509.RevokedCertificateBuilder()
            .serial_number(int(serial, 16))
            .revocation_date(datetime.fromisoformat(at))
            .add_extension(
                x509.CRLReason(x509.ReasonFlags(reason or "keyCompromise")), critical=False
            )
        )
        builder = builder.add_revoked_certificate(row.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
