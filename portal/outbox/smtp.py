"""SMTP with an end: a whole mail, from the connection to its last answer, takes DEADLINE at most.

A time-out of the socket is for each piece that is read: a server that sends a byte every nine
seconds would keep a worker for hours.

With ``EMAIL_TOKEN_BY`` the server is signed in to by a token instead of a password (XOAUTH2).
"""

import smtplib
import socket
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail.backends import smtp

from portal.outbox import smtp_tokens

DEADLINE = 45.0  # seconds; less than ``breaker.ONE_TRY``

if TYPE_CHECKING:
    Client = smtplib.SMTP
else:
    Client = object


class TooSlow(smtplib.SMTPServerDisconnected):
    """The connection was ended at its deadline."""


class _Bounded(Client):
    """Shuts its own connection down at the deadline: whoever reads or writes then gets an error."""

    def __init__(self, *args: Any, deadline: float, **options: Any) -> None:
        self._deadline, self._over = deadline, threading.Event()
        self._timer: threading.Timer | None = None
        self._twin: socket.socket | None = None
        super().__init__(*args, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._twin = connection.dup()  # TLS takes the socket itself over
        self._timer = threading.Timer(self._deadline, self._end, [self._twin])
        self._timer.daemon = True
        self._timer.start()
        return connection

    def _end(self, twin: socket.socket) -> None:
        self._over.set()
        with suppress(OSError):
            twin.shutdown(socket.SHUT_RDWR)

    def getreply(self) -> tuple[int, bytes]:
        try:
            reply = super().getreply()
        except smtplib.SMTPServerDisconnected:
            if not self._over.is_set():
                raise
        else:
            if not self._over.is_set():  # else it may be half a line
                return reply
        raise TooSlow(f"the mail server took longer than {self._deadline:g} s")

    def close(self) -> None:
        super().close()
        if self._timer and self._twin:
            self._timer.cancel()
            self._twin.close()


class _Plain(_Bounded, smtplib.SMTP):
    """SMTP, and SMTP with STARTTLS."""


class _Encrypted(smtplib.SMTP_SSL, _Plain):
    """SMTP over TLS. In this order the connection is bounded before TLS begins."""


class EmailBackend(smtp.EmailBackend):
    """Django's, whose connections end at the deadline, and which signs in by a token where the
    settings say so."""

    def open(self) -> bool | None:
        """The token comes first: its server is no part of the connection's time."""
        if self.connection or not settings.EMAIL_TOKEN_BY:
            return super().open()
        token = smtp_tokens.token()
        is_new = super().open()
        if self.connection:
            try:
                smtp_tokens.sign_in(self.connection, str(self.username), token)
            except smtplib.SMTPException:
                self.close()
                raise
        return is_new

    @property
    def connection_class(self) -> Any:
        return partial(_Encrypted if self.use_ssl else _Plain, deadline=DEADLINE)
