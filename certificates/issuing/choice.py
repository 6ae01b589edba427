"""Which authority issues here."""

from collections.abc import Callable

from django.conf import settings

from certificates.issuing import est
from certificates.issuing.authority import CertificateAuthority

# What issues where no authority is configured; the demonstration registers its own.
fallback_authorities: list[Callable[[], CertificateAuthority]] = []


def current_authority() -> CertificateAuthority | None:
    """The authority of the settings; None where staff issue by hand."""
    if settings.ISSUING_EST_URL:
        return est.configured()
    return fallback_authorities[0]() if fallback_authorities else None
