"""What is done with certificates. Each service is atomic and leaves an audit event."""

from certificates.services.signers import (
    NoSigner,
    activate_certificate,
    current_signer,
    deactivate_certificate,
    fallback_signers,
    install_pfx,
    open_pfx,
)

__all__ = [
    "NoSigner",
    "activate_certificate",
    "current_signer",
    "deactivate_certificate",
    "fallback_signers",
    "install_pfx",
    "open_pfx",
]
