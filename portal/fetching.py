"""Fetches from the web: never from private addresses, bounded in every way."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from django.utils.translation import gettext as _

MAX_REDIRECTS = 3
_MAX_ADDRESSES = 4
PORTS = {"http": 80, "https": 443}
_CHUNK = 64 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REDIRECTS = {301, 302, 303, 307, 308}


class FetchFailed(Exception):
    """The address was refused, did not answer in time, or answered something else; says which."""


@dataclass(frozen=True)
class HTTPRequest:
    """What is sent: a GET, or a POST of ``body``."""

    body: bytes | None = None
    content_type: str = ""
    accept: str = "*/*"


GET = HTTPRequest()


def fetch(
    url: str, *, max_bytes: int, seconds: float, private_hosts: Collection[str] = (),
    request: HTTPRequest = GET,
) -> bytes:  # fmt: skip
    """The body of the answer, within ``seconds`` in all. Raises FetchFailed.

    http and https on their own ports; the host's addresses are looked up once, each must be
    public, and the connection goes to the one that was looked at. Redirects are checked alike.
    Only ``private_hosts``, which the operator names (host, or host:port), may be private or on
    other ports. No proxy is used.
    """
    end = time.monotonic() + seconds
    for _hop in range(MAX_REDIRECTS + 1):
        answer = _ask(url, request, max_bytes=max_bytes, end=end, private_hosts=private_hosts)
        if isinstance(answer, bytes):
            return answer
        url = urljoin(url, answer.location)
    raise FetchFailed(_("It redirects too often."))


@dataclass(frozen=True)
class _Redirect:
    location: str


def _ask(
    url: str, request: HTTPRequest, *, max_bytes: int, end: float, private_hosts: Collection[str]
) -> bytes | _Redirect:
    target, port = _checked(url, private_hosts)
    host = target.hostname or ""
    addresses = _addresses(host, port, private_hosts)
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    headers = {"Accept": request.accept, "Accept-Encoding": "identity", "Connection": "close",
               "User-Agent": "Balcao"}  # fmt: skip
    if request.body is not None:
        headers["Content-Type"] = request.content_type
    try:
        with _connected(target.scheme, host, addresses, port, end) as connection:
            method = "GET" if request.body is None else "POST"
            connection.request(method, path, body=request.body, headers=headers)
            response = connection.getresponse()
            if response.status in _REDIRECTS and response.headers.get("Location"):
                return _Redirect(response.headers["Location"])
            return _body(response, max_bytes, end)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if time.monotonic() >= end or isinstance(error, TimeoutError):
            raise FetchFailed(_("It did not answer in time.")) from error
        raise FetchFailed(_("It cannot be reached: %(reason)s") % {"reason": error}) from error


def _checked(url: str, private_hosts: Collection[str]) -> tuple[SplitResult, int]:
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
    if port != PORTS[target.scheme] and not _is_named(host, port, private_hosts):
        raise FetchFailed(_("Port %(port)s is not allowed.") % {"port": port})
    return target, port


def _is_named(host: str, port: int, private_hosts: Collection[str]) -> bool:
    """Whether the operator named this host; of other ports only the one named with it."""
    name = f"[{host}]" if ":" in host else host
    wanted = {f"{name}:{port}".lower()}
    if port in PORTS.values():
        wanted |= {host.lower(), name.lower()}
    return bool(wanted & {entry.strip().lower() for entry in private_hosts})


def _addresses(host: str, port: int, private_hosts: Collection[str]) -> list[str]:
    """The host's addresses, the first few. Raises FetchFailed when any of all is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(_("Its name cannot be resolved.")) from error
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    if not _is_named(host, port, private_hosts) and not all(
        is_public(address) for address in addresses
    ):
        raise FetchFailed(_("It is not a public address."))
    return addresses[:_MAX_ADDRESSES]


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
    scheme: str, host: str, addresses: list[str], port: int, end: float
) -> Iterator[http.client.HTTPConnection]:
    """A connection to exactly one of these, cut off at ``end`` however slowly it drips."""
    live = [_reach(addresses, port, end)]
    watch = threading.Timer(max(end - time.monotonic(), 0), _cut, [live])
    watch.daemon = True
    watch.start()
    connection = http.client.HTTPConnection(host, port)
    try:
        if scheme == "https":
            # Wrapping takes the socket over: what is cut is the wrapped one, its handshake too.
            secured = ssl.create_default_context().wrap_socket(
                live[0], server_hostname=host, do_handshake_on_connect=False
            )
            live[0] = secured
            secured.do_handshake()
        connection.sock = live[0]
        yield connection
    finally:
        watch.cancel()
        connection.close()
        live[0].close()


def _reach(addresses: list[str], port: int, end: float) -> socket.socket:
    """A socket to the first of the addresses that answers. Raises OSError."""
    problem: OSError = TimeoutError()
    for number, address in enumerate(addresses):
        left = end - time.monotonic()
        if left <= 0:
            break
        try:
            # One that is silent must leave time for the next; reading may take all of it again.
            reached = socket.create_connection(
                (address, port), timeout=left / (len(addresses) - number)
            )
        except OSError as error:
            problem = error
            continue
        reached.settimeout(max(end - time.monotonic(), 0.001))
        return reached
    raise problem


def _cut(live: list[socket.socket]) -> None:
    # Not the TLS layer's own shutdown, which would wait for the other side.
    with contextlib.suppress(OSError, ValueError):
        socket.socket.shutdown(live[0], socket.SHUT_RDWR)


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
