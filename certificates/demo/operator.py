"""Creates the provider's demonstration A1, which signs the demonstration's documents."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from certificates.demo.authority import (
    PASSWORD,
    company_names,
    demo_ca,
    folder,
    is_current,
    issue,
    locked,
    write,
)
from portal.taxid import with_check_digits

DEFAULT_OPERATOR = "Operador de Demonstração"
DEFAULT_CNPJ = with_check_digits("000000010001")


def operator_pfx(*, name: str = DEFAULT_OPERATOR, cnpj: str = DEFAULT_CNPJ) -> tuple[bytes, str]:
    """The operator's demonstration A1 as a PFX, and its password. Made again before it expires."""
    file = folder() / f"operator-{cnpj}.pfx"
    if not (file.exists() and is_current(_certificate(file))):
        data, certificate = _make(name, cnpj)
        with locked():
            write(file, data)
            write(file.with_suffix(".cer"), certificate.public_bytes(Encoding.DER))
    return file.read_bytes(), PASSWORD


def _certificate(file: Path) -> x509.Certificate:
    """What the PFX holds; kept beside it, since opening a PFX is slow by intention."""
    beside = file.with_suffix(".cer")
    if beside.exists():
        return x509.load_der_x509_certificate(beside.read_bytes())
    held = pkcs12.load_pkcs12(file.read_bytes(), PASSWORD.encode()).cert
    if held is None:
        raise ValueError(f"{file.name} holds no certificate")
    with locked():
        write(beside, held.certificate.public_bytes(Encoding.DER))
    return held.certificate


def _make(name: str, cnpj: str) -> tuple[bytes, x509.Certificate]:
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.now(UTC)
    certificate = issue(
        key.public_key(),
        common_name=f"{name[:49]}:{cnpj}",
        names=company_names(
            cnpj=cnpj, responsible="Pessoa de Demonstração", cpf=with_check_digits("000000001")
        ),
        email="demonstracao@exemplo.com.br",
        # An A1 lives a year; this one also covers the past months of the demonstration.
        not_before=now - timedelta(days=730),
        not_after=now + timedelta(days=365),
    )
    pfx = pkcs12.serialize_key_and_certificates(
        name.encode(), key, certificate, demo_ca().chain, BestAvailableEncryption(PASSWORD.encode())
    )
    return pfx, certificate
