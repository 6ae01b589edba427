"""A client of EST, Enrollment over Secure Transport (RFC 7030, clarified by RFC 8951).

EST has no place for an order: the authority knows orders by their number, which the request's CN
must be, and what it issues is checked against the order. It keeps no reference of a request
either: asking again is sending the same request again. The server never makes the key here.
"""

import base64
import hashlib
import ssl
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from certificates.issuing import answers
from certificates.issuing.authority import (
    AuthorityDown,
    Failed,
    Issued,
    IssueOrder,
    IssueState,
    NotOffered,
    Pending,
    Refused,
    RevocationReason,
)
from certificates.issuing.requests import read_request
from portal import sandbox
from portal.fetching import GET, Answer, FetchFailed, HTTPRequest, call

_DAY = 24 * 60 * 60
_LONGEST_REASON = 500
# Statuses that say something about us or the server, not about the request: asked again later.
_OURS = {401, 403, 404, 405, 407, 408, 425, 429}


@dataclass(frozen=True)
class EstAuthority:
    """One EST server. ``url`` ends in ``/.well-known/est`` or that and a label.

    ``cert_file`` and ``key_file`` (PEM) present us in TLS; ``ca_file`` (PEM): the authorities of
    the server's own certificate, the system's where it is empty.
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    cert_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    seconds: float = 30

    def submit(self, order: IssueOrder, csr: bytes, proof: bytes | None) -> str:  # noqa: ARG002 - the order was checked by it before
        """Only checks the request: the first ``poll`` sends it, and may have the certificate."""
        try:
            request = read_request(csr)
        except sandbox.Busy as error:
            raise AuthorityDown(" ".join(error.messages)) from error
        except ValidationError as error:
            raise Refused(" ".join(error.messages)) from error
        if request.common_name != order.reference:
            raise Refused(
                _(
                    "The authority knows orders by their number: the request's CN must be %(number)s."
                )
                % {"number": order.reference}
            )
        return hashlib.sha256(f"{order.reference}\0{request.sha256}".encode()).hexdigest()

    def poll(self, ref: str, order: IssueOrder, csr: bytes) -> IssueState:  # noqa: ARG002 - EST knows no reference
        """Send the request (4.2): the same as before is how EST is asked again."""
        answer = self._call("simpleenroll", _enrolment(csr))
        retry_after = _retry_after(answer)
        if answer.status == 202:
            return Pending(retry_after)
        if answer.status == 200:
            return self._issued(answer.body, order, csr)
        if 400 <= answer.status < 500 and answer.status not in _OURS:
            return Failed(_reason(answer))
        raise AuthorityDown(_status(answer), retry_after=retry_after)

    def revoke(self, serial: str, reason: RevocationReason) -> None:
        """EST cannot revoke."""
        raise NotOffered(
            _("This authority takes no revocations from here. Revoke the certificate %(serial)s at the authority itself, with the reason “%(reason)s”.")
            % {"serial": serial, "reason": reason.label}
        )  # fmt: skip

    def chain(self) -> tuple[bytes, ...]:
        """What ``cacerts`` gives (4.1)."""
        answer = self._call("cacerts", GET)
        if answer.status != 200:
            raise AuthorityDown(_status(answer), retry_after=_retry_after(answer))
        try:
            return answers.authorities(answer.body)
        except ValidationError as error:
            raise AuthorityDown(" ".join(error.messages)) from error

    def _issued(self, body: bytes, order: IssueOrder, csr: bytes) -> IssueState:
        """What came counts only with our key and the order's holder in it.

        It is not asked for again: that might issue a second certificate.
        """
        try:
            chain = answers.issued_chain(body, csr, self._known_above())
            record = answers.certificate(chain[0])
        except ValidationError as error:
            return Failed(" ".join(error.messages))
        if not answers.names_holder(record, order.subject):
            return Failed(
                _("The authority issued the certificate %(serial)s, but not to the holder of the order. Have it revoked at the authority.")
                % {"serial": record.serial}
            )  # fmt: skip
        return Issued(chain)

    def _known_above(self) -> tuple[bytes, ...]:
        """Answers often hold the holder's certificate alone. It counts without those above, too."""
        try:
            return self.chain()
        except AuthorityDown:
            return ()

    def _call(self, operation: str, request: HTTPRequest) -> Answer:
        """Raises AuthorityDown."""
        target = urlsplit(self.url)
        try:
            return call(
                f"{self.url.rstrip('/')}/{operation}", request, headers=self._headers(request),
                max_bytes=answers.MAX_BYTES, seconds=self.seconds, context=self._context(),
                # Whoever named it in the settings meant it.
                private_hosts=[f"{target.hostname}:{target.port or 443}"],
            )  # fmt: skip
        except FetchFailed as error:
            raise AuthorityDown(str(error)) from error

    def _headers(self, request: HTTPRequest) -> dict[str, str]:
        headers = {}
        if self.user:
            pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        if request.body is not None:  # some servers insist, although RFC 8951 does not
            headers["Content-Transfer-Encoding"] = "base64"
        return headers

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            if self.cert_file:
                context.load_cert_chain(self.cert_file, self.key_file)
        except OSError as error:
            raise AuthorityDown(_("A file of certificates or its key cannot be read.")) from error
        return context


def configured() -> EstAuthority:
    """The authority of the settings."""
    return EstAuthority(
        url=settings.ISSUING_EST_URL,
        user=settings.ISSUING_EST_USER,
        password=settings.ISSUING_EST_PASSWORD,
        cert_file=settings.ISSUING_EST_CERT_FILE,
        key_file=settings.ISSUING_EST_KEY_FILE,
        ca_file=settings.ISSUING_EST_CA_FILE,
        seconds=settings.ISSUING_EST_SECONDS,
    )


def _enrolment(csr: bytes) -> HTTPRequest:
    return HTTPRequest(
        body=base64.encodebytes(csr), content_type="application/pkcs10",
        accept="application/pkcs7-mime",
    )  # fmt: skip


def _retry_after(answer: Answer) -> int | None:
    """Seconds, from a number or a date (RFC 9110, 10.2.3); at least 1, at most a day."""
    text = (answer.headers.get("Retry-After") or "").strip()
    try:
        if text.isascii() and text.isdigit():
            wanted = float(text)
        else:
            wanted = (parsedate_to_datetime(text) - timezone.now()).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return int(min(max(wanted, 1), _DAY))


def _reason(answer: Answer) -> str:
    """What the authority says (4.2.3: plain text), as one short line."""
    is_text = (answer.headers.get("Content-Type") or "text/plain").startswith("text/plain")
    text = answer.body.decode("utf-8", errors="replace") if is_text else ""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:_LONGEST_REASON] or _status(answer)


def _status(answer: Answer) -> str:
    if answer.status in {401, 403}:
        return _("The authority did not accept the portal's user, password or certificate.")
    return _("The authority answered with status %(status)s.") % {"status": answer.status}
