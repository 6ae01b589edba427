"""The signer of the demonstration: an A1 in the provider's name, without legal value."""

import hashlib

from certificates.demo.operator import DEFAULT_CNPJ, operator_pfx
from certificates.icp.pfx import read_pfx
from certificates.services.signers import loaded_signer
from certificates.signatures.signing import Signer
from portal.provider.services import current_provider


def demo_signer() -> Signer:
    """Signs in the provider's name, without legal value; loaded once per process."""
    pfx, password = demo_pfx()
    return loaded_signer(hashlib.sha256(pfx).hexdigest(), 1, lambda: read_pfx(pfx, password))


def demo_pfx() -> tuple[bytes, str]:
    """The demonstration's A1 for this provider, and its password."""
    provider = current_provider()
    return operator_pfx(name=provider.name, cnpj=provider.cnpj or DEFAULT_CNPJ)
