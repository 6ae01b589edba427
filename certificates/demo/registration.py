"""Registers the demonstration's authority as trusted and as issuing, its signer, its TLS certificate."""

from collections.abc import Hashable, Iterator

from cryptography.hazmat.primitives.serialization import Encoding

from certificates.demo.authority import Authority, demo_ca, folder
from certificates.demo.cast import server
from certificates.demo.issuing import DemoIssuing
from certificates.demo.revocation import crls
from certificates.demo.signer import demo_signer
from certificates.entrance.door.tls import fallback_files
from certificates.issuing import fallback_authorities
from certificates.services.signers import fallback_signers
from certificates.trust.parsing import Parsed, parse
from certificates.trust.sources import OwnedList, Source, file_stamp, sources


def register() -> None:
    """Called once, when the apps are ready."""
    sources.append(SOURCE)
    fallback_signers.append(demo_signer)
    fallback_authorities.append(DemoIssuing)
    fallback_files.append(server)


def unregister() -> None:
    """Undo ``register``, as tests and the bench need it."""
    sources.remove(SOURCE)
    fallback_signers.clear()
    fallback_authorities.clear()
    fallback_files.clear()


def _stamp() -> Hashable:
    demo_ca()  # makes what is missing
    return tuple(file_stamp(str(file)) for file in sorted(folder().glob("*.pem")))


def _roots() -> list[Parsed]:
    return [parse(_der(demo_ca().root))]


def _intermediates() -> list[Parsed]:
    return [parse(_der(demo_ca().issuer))]


def _lists() -> Iterator[OwnedList]:
    ca = demo_ca()
    for owner, der in zip((ca.issuer, ca.root), crls(), strict=True):
        yield _der(owner), der


def _der(authority: Authority) -> bytes:
    return authority.certificate.public_bytes(Encoding.DER)


SOURCE = Source(
    name="demonstration", stamp=_stamp, roots=_roots, intermediates=_intermediates, lists=_lists,
    is_demo=True,
)  # fmt: skip
