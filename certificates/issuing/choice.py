"""Which authority issues here."""

from collections.abc import Callable

from certificates.issuing.authority import CertificateAuthority

# What issues where no authority is configured; the demonstration registers its own.
fallback_authorities: list[Callable[[], CertificateAuthority]] = []


def current_authority() -> CertificateAuthority | None:
    """The authority of the settings; None where staff issue by hand."""
    return fallback_authorities[0]() if fallback_authorities else None
