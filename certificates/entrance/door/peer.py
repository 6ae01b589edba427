"""Finds the certificate that the other end of the connection has shown.

Either this process ended the TLS connection itself (embedded), or nginx did, and tells over a
Unix socket (``settings.ENTRANCE_PROXY``). Nothing else is believed, whatever a request says.
"""

import socket
import ssl
from dataclasses import dataclass
from urllib.parse import unquote

from asn1crypto import pem, x509
from django.conf import settings
from django.http import HttpRequest

from certificates.icp.reading import UNPARSABLE

CERTIFICATE, VERIFIED = "HTTP_X_CERTIFICATE", "HTTP_X_CERTIFICATE_VERIFY"
MAX_BYTES = 16 * 1024


@dataclass(frozen=True)
class Peer:
    """A certificate that was shown. ``proven``: TLS found its chain sound, up to our bundle.

    Without that it is only good for saying what is wrong with it.
    """

    der: bytes
    proven: bool


def peer_of(request: HttpRequest) -> Peer | None:
    """What the connection showed, or None when it showed no certificate."""
    line = request.META.get("gunicorn.socket")
    if isinstance(line, ssl.SSLSocket):
        der = line.getpeercert(binary_form=True)
        return Peer(der, proven=True) if der else None
    if settings.ENTRANCE_PROXY and getattr(line, "family", None) == socket.AF_UNIX:
        return _told_by_proxy(request)
    return None


def _told_by_proxy(request: HttpRequest) -> Peer | None:
    """nginx's ``$ssl_client_escaped_cert`` and ``$ssl_client_verify``; None unless it is a
    certificate: some proxies send a placeholder where there is none."""
    escaped = request.META.get(CERTIFICATE, "")
    if not escaped or len(escaped) > MAX_BYTES:
        return None
    try:
        _kind, _headers, der = pem.unarmor(unquote(escaped).encode("ascii"))
        _ = x509.Certificate.load(der, strict=True)["tbs_certificate"]["serial_number"].native
    except UNPARSABLE:
        return None
    return Peer(der, proven=request.META.get(VERIFIED) == "SUCCESS")
