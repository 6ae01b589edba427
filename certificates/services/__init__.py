"""What is done with certificates. Each service is atomic and leaves an audit event."""

from certificates.services.signing import (
    NoSigner,
    activate_certificate,
    check_pfx,
    current_signer,
    deactivate_certificate,
    demo_pfx,
    demo_signer,
    install_pfx,
)

__all__ = [
    "NoSigner",
    "activate_certificate",
    "check_pfx",
    "current_signer",
    "deactivate_certificate",
    "demo_pfx",
    "demo_signer",
    "install_pfx",
]
