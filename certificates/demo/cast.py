"""Creates the demonstration's certificate files once and renews them before they expire."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.demo.authority import (
    A1_POLICY,
    PASSWORD,
    SEAL_POLICY,
    DemoCA,
    company_names,
    demo_ca,
    folder,
    is_current,
    issue,
    issue_under,
    locked,
    name_with_number,
    person_names,
    root_pem,
    write,
)
from certificates.demo.revocation import revoke
from portal.demo.cast import company, person
from portal.taxid import with_check_digits

_ROOT, _SERVER, _SERVER_KEY = "raiz.pem", "servidor.pem", "servidor-chave.pem"
_YEAR = timedelta(days=365)
# Browsers want no server certificate of more than 398 days.
_SERVER_LIVES = timedelta(days=396)


@dataclass(frozen=True)
class DemoCertificate:
    """One of the files: ``slug``.pfx with its key, ``slug``.cer without; numbers without mask."""

    slug: str
    about: str | Promise
    name: str
    cpf: str
    company: str = ""
    cnpj: str = ""
    policy: str = A1_POLICY
    is_expired: bool = False
    is_revoked: bool = False

    @property
    def path(self) -> Path:
        """The PFX, to be imported into a browser with ``PASSWORD``."""
        return folder() / f"{self.slug}.pfx"

    @property
    def public_path(self) -> Path:
        """The certificate alone (DER)."""
        return folder() / f"{self.slug}.cer"

    @property
    def common_name(self) -> str:
        return name_with_number(self.company or self.name, self.cnpj or self.cpf)

    @property
    def names(self) -> dict[str, str]:
        """The otherNames: OID to text."""
        if self.cnpj:
            return company_names(cnpj=self.cnpj, responsible=self.name.upper(), cpf=self.cpf)
        return person_names(self.cpf)

    def validity(self, now: datetime) -> tuple[datetime, datetime]:
        if self.is_expired:
            return now - _YEAR - timedelta(days=35), now - timedelta(days=35)
        return now - timedelta(days=1), now + _YEAR


def _known(login: str) -> tuple[str, str]:
    known = person(login)
    return known.name, known.cpf


# People and companies of the demonstration, and one whom nobody knows.
_ANA, _BRUNO, _CARLA, _DIEGO, _DANIEL = map(_known, ("ana", "bruno", "carla", "diego", "daniel"))
_NEW = ("Marcos Teixeira", with_check_digits("482915736"))
_COMPANY, _OFFICE, _ONLY = company(1), company(2), company(3)
CAST = (
    DemoCertificate("e-cpf", _("e-CPF of Ana, who is registered"), *_ANA),
    DemoCertificate("e-cpf-novo", _("e-CPF of Marcos, whom the portal does not know yet"), *_NEW),
    DemoCertificate(
        "e-cpf-daniel", _("e-CPF of Daniel, who typed his CPF only: the portal asks whose it is"),
        *_DANIEL,
    ),
    DemoCertificate(
        "e-cpf-carla", _("e-CPF of Carla, to whom companies gave powers of attorney"), *_CARLA
    ),
    DemoCertificate("e-cnpj", _("e-CNPJ of the company Aurora, of Bruno"), *_BRUNO, *_COMPANY),
    DemoCertificate("e-cnpj-escritorio", _("e-CNPJ of the accounting office"), *_CARLA, *_OFFICE),
    DemoCertificate(
        "e-cnpj-norte", _("e-CNPJ of Norte, which opens for nothing else"), *_DIEGO, *_ONLY
    ),
    DemoCertificate("selo", _("electronic seal of Aurora"), *_BRUNO, *_COMPANY, policy=SEAL_POLICY),
    DemoCertificate("vencido", _("expired e-CPF of Ana"), *_ANA, is_expired=True),
    DemoCertificate("revogado", _("revoked e-CPF of Ana"), *_ANA, is_revoked=True),
)  # fmt: skip


def people() -> list[DemoCertificate]:
    """Every certificate of the demonstration's cast, its files in place.

    Raises RuntimeError outside the demonstration, as everything here that makes files does.
    """
    return [_in_place(certificate) for certificate in CAST]


def describe() -> list[str]:
    """For the terminal: the files to import into a browser, whose each is, the root to trust."""
    files = people()
    width = max(len(str(file.path)) for file in files)
    lines = [f"{file.path!s:<{width}}  {file.about}" for file in files]
    return [
        _("Certificates to import into a browser (password of each: %(password)s):")
        % {"password": PASSWORD},
        *(f"  {line}" for line in lines),
        _("Authority for the browser to trust: %(file)s") % {"file": root_file()},
    ]


def one(slug: str) -> DemoCertificate:
    """The certificate of that slug, its files in place; KeyError when there is none."""
    return _in_place({certificate.slug: certificate for certificate in CAST}[slug])


def _in_place(wanted: DemoCertificate) -> DemoCertificate:
    _check_demo()
    if not (wanted.path.exists() and _is_fresh(wanted, wanted.public_path)):
        _make(wanted)
    return wanted


def _check_demo() -> None:
    if not settings.DEMO:
        raise RuntimeError("the demonstration's certificates are for the demonstration alone")


def _is_fresh(wanted: DemoCertificate, file: Path) -> bool:
    if not file.exists():
        return False
    held = x509.load_der_x509_certificate(file.read_bytes())
    (name,) = held.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return name.value == wanted.common_name and (is_current(held) or wanted.is_expired)


def _make(wanted: DemoCertificate) -> None:
    now = datetime.now(UTC)
    start, end = wanted.validity(now)
    key = rsa.generate_private_key(65537, 2048)
    certificate = issue(
        key.public_key(), common_name=wanted.common_name, names=wanted.names,
        email=f"{wanted.slug}@exemplo.com.br", not_before=start, not_after=end,
        policy=wanted.policy,
    )  # fmt: skip
    if wanted.is_revoked:
        revoke(certificate.serial_number, at=now)
    pfx = pkcs12.serialize_key_and_certificates(
        f"{wanted.slug} (demonstracao)".encode(),
        key,
        certificate,
        demo_ca().chain,
        # What every browser and system imports; the key is worth nothing.
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2048)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303
        .build(PASSWORD.encode()),
    )
    with locked():
        write(wanted.path, pfx)
        write(wanted.public_path, certificate.public_bytes(Encoding.DER))


def root_file() -> Path:
    """The root that a browser is to trust, as PEM without its key."""
    _check_demo()
    file, pem = folder() / _ROOT, root_pem()
    if not file.exists() or file.read_bytes() != pem:
        with locked():
            write(file, pem)
    return file


def server() -> tuple[Path, Path]:
    """Certificate (PEM, with the intermediate) and key of a TLS server on this machine."""
    _check_demo()
    chain, key = folder() / _SERVER, folder() / _SERVER_KEY
    names = _server_names()
    if not (key.exists() and chain.exists() and _serves(chain, names)):
        _make_server(demo_ca(), chain, key, names)
    return chain, key


def _server_names() -> list[x509.GeneralName]:
    """This machine, and the hosts by which the portal calls itself when they are others."""
    hosts = ["localhost", "127.0.0.1", "::1"]
    own = [urlsplit(url).hostname for url in (settings.BASE_URL, settings.CERTIFICATE_ENTRANCE_URL)]
    return [_host(host) for host in dict.fromkeys([*hosts, *own]) if host]


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _serves(chain: Path, names: Sequence[x509.GeneralName]) -> bool:
    held = x509.load_pem_x509_certificate(chain.read_bytes())
    said = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return list(said) == list(names) and is_current(held)


def _make_server(
    ca: DemoCA, chain: Path, key_file: Path, names: Sequence[x509.GeneralName]
) -> None:
    now = datetime.now(UTC)
    key = rsa.generate_private_key(65537, 2048)
    certificate = issue_under(
        ca.issuer, key.public_key(), common_name="localhost", names=names,
        not_before=now - timedelta(days=1), not_after=now - timedelta(days=1) + _SERVER_LIVES,
        usages=[ExtendedKeyUsageOID.SERVER_AUTH],
    )  # fmt: skip
    pem = certificate.public_bytes(Encoding.PEM) + ca.issuer.certificate.public_bytes(Encoding.PEM)
    with locked():
        write(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        write(chain, pem)
