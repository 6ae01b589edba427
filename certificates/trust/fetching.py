"""Fetching from addresses that certificates name: never anything private, bounded in every way."""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

MAX_REDIRECTS = 3
PORTS = {"http": 80, "https": 443}
_CHUNK = 64 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REDIRECTS = {301, 302, 303, 307, 308}


class FetchFailed(Exception):
    """The address was refused, did not answer in time, or answered something else; says which."""


@dataclass(frozen=True)
class Question:
    """What is sent: a GET, or a POST of ``body``."""

    body: bytes | None = None
    content_type: str = ""
    accept: str = "*/*"


def fetch(url: str, *, max_bytes: int, question: Question = Question()) -> bytes:
    """The body of the answer, within ``TRUST_FETCH_SECONDS`` in all. Raises FetchFailed.

    http and https on their own ports; the host's addresses are looked up once, each must be
    public, and the connection goes to the one that was looked at. Redirects are checked alike.
    Only hosts of ``TRUST_PRIVATE_HOSTS`` may be private or on other ports. No proxy is used.
    """
    end = time.monotonic() + settings.TRUST_FETCH_SECONDS
    for _hop in range(MAX_REDIRECTS + 1):
        answer = _ask(url, question, max_bytes=max_bytes, end=end)
        if isinstance(answer, bytes):
            return answer
        url = urljoin(url, answer.location)
    raise FetchFailed(_("It redirects too often."))


@dataclass(frozen=True)
class _Redirect:
    location: str


def _ask(url: str, question: Question, *, max_bytes: int, end: float) -> bytes | _Redirect:
    target, port = _checked(url)
    host = target.hostname or ""
    address = _address(host, port)
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    headers = {"Accept": question.accept, "Accept-Encoding": "identity", "Connection": "close",
               "User-Agent": "Balcao"}  # fmt: skip
    if question.body is not None:
        headers["Content-Type"] = question.content_type
    try:
        with _connected(target.scheme, host, address, port, end) as connection:
            method = "GET" if question.body is None else "POST"
            connection.request(method, path, body=question.body, headers=headers)
            response = connection.getresponse()
            if response.status in _REDIRECTS and response.headers.get("Location"):
                return _Redirect(response.headers["Location"])
            return _body(response, max_bytes, end)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if time.monotonic() >= end or isinstance(error, TimeoutError):
            raise FetchFailed(_("It did not answer in time.")) from error
        raise FetchFailed(_("It cannot be reached: %(reason)s") % {"reason": error}) from error


def _checked(url: str) -> tuple[SplitResult, int]:
    """The address in its parts, and the port. Raises FetchFailed."""
    try:
        target = urlsplit(url)
        port = target.port or PORTS[target.scheme]
        host = target.hostname or ""
    except (ValueError, KeyError) as error:
        raise FetchFailed(_("It is no web address.")) from error
    if not host or not url.isascii() or any(c <= " " for c in url):
        raise FetchFailed(_("It is no web address."))
    if target.username is not None or target.password is not None:
        raise FetchFailed(_("An address with a password in it is not used."))
    if port != PORTS[target.scheme] and not _is_allowed(host, port):
        raise FetchFailed(_("Port %(port)s is not allowed.") % {"port": port})
    return target, port


def _is_allowed(host: str, port: int) -> bool:
    """Whether the operator named this very host as a mirror of his own."""
    name = f"[{host}]" if ":" in host else host
    allowed = {entry.strip().lower() for entry in settings.TRUST_PRIVATE_HOSTS}
    return bool(allowed & {host.lower(), name.lower(), f"{name}:{port}".lower()})


def _address(host: str, port: int) -> str:
    """An address of the host. Raises FetchFailed when any of them is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(_("Its name cannot be resolved.")) from error
    addresses = [str(info[4][0]) for info in found]
    if not _is_allowed(host, port) and not all(is_public(address) for address in addresses):
        raise FetchFailed(_("It is not a public address."))
    return addresses[0]


def is_public(text: str) -> bool:
    """Whether an address is anybody's to reach, also when another one is wrapped in it."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast and not address.is_reserved


@contextmanager
def _connected(
    scheme: str, host: str, address: str, port: int, end: float
) -> Iterator[http.client.HTTPConnection]:
    """A connection to exactly this address, cut off at ``end`` however slowly it drips."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    raw = socket.create_connection((address, port), timeout=left)
    watch = threading.Timer(max(end - time.monotonic(), 0), _cut, [raw])
    watch.daemon = True
    watch.start()
    connection = http.client.HTTPConnection(host, port)
    try:
        connection.sock = (
            ssl.create_default_context().wrap_socket(raw, server_hostname=host)
            if scheme == "https"
            else raw
        )
        yield connection
    finally:
        watch.cancel()
        connection.close()
        raw.close()


def _cut(raw: socket.socket) -> None:
    try:
        raw.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _body(response: http.client.HTTPResponse, max_bytes: int, end: float) -> bytes:
    if response.status != 200:
        raise FetchFailed(_("It answered with status %(status)s.") % {"status": response.status})
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchFailed(_("It answered in an encoding that was not asked for."))
    too_large = _("It is larger than %(limit)s bytes.") % {"limit": max_bytes}
    if response.length is not None and response.length > max_bytes:
        raise FetchFailed(too_large)
    parts, size = [], 0
    while part := response.read1(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise FetchFailed(too_large)
        if time.monotonic() >= end:
            raise TimeoutError
    # A cut connection reads like an end.
    if response.length or time.monotonic() >= end:
        raise FetchFailed(_("It did not answer in time."))
    return b"".join(parts)
