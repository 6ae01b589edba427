"""TLS of the embedded entrance: it asks for a certificate and lets people in without one.

The handshake is a first filter: it proves that the person holds the key, and that the chain ends
at a root of ours. Whatever else must be true is judged by ``certificates.trust``. A certificate
that has expired passes the handshake, so that a page can say so.
"""

import logging
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from certificates.trust.pool import trusted_bundle_pem

logger = logging.getLogger(__name__)
FRESH_SECONDS = 600.0  # how long a bundle of authorities is used before it is read again
PATIENCE_SECONDS = 20.0  # a person choosing a certificate does not hold the handshake; a PIN may
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME
# Certificate and key for where ENTRANCE_TLS_CERT is not set; the demonstration registers its own.
fallback_files: list[Callable[[], tuple[Path, Path]]] = []


class _Line(ssl.SSLSocket):
    """Gives up on who says nothing for PATIENCE_SECONDS, as if they had left: otherwise each would
    hold a thread, and browsers do open connections that they may not need."""

    def do_handshake(self, block: bool = False) -> None:
        self.settimeout(PATIENCE_SECONDS)
        try:
            super().do_handshake(block)
        except TimeoutError:
            raise ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "No handshake in time") from None

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(buflen, flags)
        except TimeoutError:
            return b""


def make_context(certificate: Path, key: Path, bundle: bytes) -> ssl.SSLContext:
    """A server's context that trusts the authorities in ``bundle`` (PEM) and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslsocket_class = _Line
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= NO_CHECK_TIME
    if bundle:  # without any, every certificate is refused
        context.load_verify_locations(cadata=bundle.decode("ascii"))
    return context


def server_files() -> tuple[Path, Path]:
    """Certificate and key with which the entrance presents itself (PEM).

    Raises FileNotFoundError where none are configured and no fallback is registered.
    """
    if settings.ENTRANCE_TLS_CERT:
        chain = Path(settings.ENTRANCE_TLS_CERT)
        return chain, Path(settings.ENTRANCE_TLS_KEY or chain)
    if fallback_files:
        return fallback_files[0]()
    raise FileNotFoundError("ENTRANCE_TLS_CERT and ENTRANCE_TLS_KEY must be set.")


class Contexts:
    """The context in use, made anew now and then: authorities come and go."""

    def __init__(self, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._fresh = fresh_seconds
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._due = 0.0

    def current(self) -> ssl.SSLContext:
        """The context for a new connection."""
        with self._lock:
            if self._context is None or time.monotonic() >= self._due:
                self._context = self._renewed(self._context)
                self._due = time.monotonic() + self._fresh
            return self._context

    @staticmethod
    def _renewed(last: ssl.SSLContext | None) -> ssl.SSLContext:
        """With a database that does not answer the last one goes on for another while."""
        try:
            close_old_connections()
            return make_context(*server_files(), trusted_bundle_pem())
        except (DatabaseError, OSError):
            if last is None:
                raise
            logger.exception("The authorities could not be read again.")
            return last
        finally:
            close_old_connections()


contexts = Contexts()
