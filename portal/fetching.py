"""Fetches from the web: never from private addresses, bounded in every way.

``fetch`` asks for one body. A ``Visit`` asks one host several times, as a browser does. ``call``
asks a partner's service, whatever it answers.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import CookieError, Morsel, SimpleCookie
from urllib.parse import SplitResult, urljoin, urlsplit

from django.utils.translation import gettext as _

MAX_REDIRECTS = 3
_MAX_ADDRESSES = 4
PORTS = {"http": 80, "https": 443}
_CHUNK = 64 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REDIRECTS = {301, 302, 303, 307, 308}
_REPEATING = {307, 308}  # the same request again
_MAX_COOKIES = 50


class FetchFailed(Exception):
    """The address was refused, did not answer in time, or answered something else; says which."""


class TimedOut(FetchFailed):
    """It did not answer in time."""


class NotUsable(FetchFailed):
    """It answered what is not taken: too much, in an encoding, or with the way to elsewhere."""


@dataclass(frozen=True)
class HTTPRequest:
    """What is sent: a GET, or a POST of ``body``."""

    body: bytes | None = field(default=None, repr=False)
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
    raise NotUsable(_("It redirects too often."))


@dataclass(frozen=True)
class _Redirect:
    location: str


def _ask(
    url: str, request: HTTPRequest, *, max_bytes: int, end: float, private_hosts: Collection[str]
) -> bytes | _Redirect:
    target, port = _checked(url, private_hosts)
    addresses = _addresses(target.hostname or "", port, private_hosts, end)
    with _answered(target, port, addresses, request, end, headers={}) as response:
        if response.status in _REDIRECTS and response.headers.get("Location"):
            return _Redirect(response.headers["Location"])
        if response.status != 200:
            words = {"status": response.status}
            raise FetchFailed(_("It answered with status %(status)s.") % words)
        return _body(response, max_bytes, end)


@contextmanager
def _answered(
    target: SplitResult, port: int, addresses: list[str], request: HTTPRequest, end: float, *,
    headers: dict[str, str], context: ssl.SSLContext | None = None,
) -> Iterator[http.client.HTTPResponse]:  # fmt: skip
    """The answer of one of these addresses, to be read inside. Raises FetchFailed."""
    host = target.hostname or ""
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    sent = {"Accept": request.accept, "Accept-Encoding": "identity", "Connection": "close",
            "User-Agent": "Balcao", **headers}  # fmt: skip
    if request.body is not None:
        sent["Content-Type"] = request.content_type
    try:
        with _connected(target.scheme, host, addresses, port, end, context=context) as connection:
            method = "GET" if request.body is None else "POST"
            connection.request(method, path, body=request.body, headers=sent)
            yield connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError) as error:
        if time.monotonic() >= end or isinstance(error, TimeoutError):
            raise TimedOut(_("It did not answer in time.")) from error
        raise FetchFailed(_("It cannot be reached: %(reason)s") % {"reason": error}) from error


@dataclass(frozen=True)
class Answer:
    """What a partner's service answered, with whatever status."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes = field(repr=False)


def call(
    url: str, request: HTTPRequest, *, headers: dict[str, str], max_bytes: int, seconds: float,
    private_hosts: Collection[str] = (), context: ssl.SSLContext | None = None,
) -> Answer:  # fmt: skip
    """One request to an https address, never redirected: ``headers`` may hold credentials.

    See ``fetch`` for the rest. Raises FetchFailed.
    """
    end = time.monotonic() + seconds
    target, port = _checked(url, private_hosts)
    if target.scheme != "https":
        raise NotUsable(_("Its address does not begin with https."))
    addresses = _addresses(target.hostname or "", port, private_hosts, end)
    with _answered(
        target, port, addresses, request, end, headers=headers, context=context
    ) as response:
        return Answer(response.status, response.headers, _body(response, max_bytes, end))


@dataclass(frozen=True)
class Page:
    """What a visited address answered; ``charset``: as its header says, or empty."""

    url: str
    status: int
    body: bytes = field(repr=False)
    charset: str = ""


class Visit:
    """Several requests to one https host, as a browser makes them, within ``seconds`` in all.

    Cookies are kept until its end. The host's addresses are looked up once; nothing leaves the
    host, redirects neither, and a POST is never sent twice. ``authorities``: a PEM file of further
    authorities whose TLS certificates are trusted. ``private_hosts``: see ``fetch``.
    """

    def __init__(
        self, url: str, *, max_bytes: int, seconds: float, private_hosts: Collection[str] = (),
        authorities: str = "",
    ) -> None:  # fmt: skip
        self.end = time.monotonic() + seconds
        self.max_bytes = max_bytes
        self.private_hosts = private_hosts
        target, port = _checked(url, private_hosts)
        if target.scheme != "https":
            raise NotUsable(_("Its address does not begin with https."))
        self.place = (target.hostname, port)
        self.addresses = _addresses(target.hostname or "", port, private_hosts, self.end)
        self.context = ssl.create_default_context()
        if authorities:
            try:
                self.context.load_verify_locations(authorities)
            except OSError as error:
                raise FetchFailed(_("The file of authorities cannot be read.")) from error
        self.cookies: dict[str, str] = {}

    def get(self, url: str) -> Page:
        """Raises FetchFailed."""
        return self._follow(url, HTTPRequest(accept="text/html"))

    def post(self, url: str, body: bytes) -> Page:
        """Send a form, then follow where it leads. Raises FetchFailed."""
        kind = "application/x-www-form-urlencoded"
        return self._follow(url, HTTPRequest(body=body, content_type=kind, accept="text/html"))

    def own(self, url: str) -> SplitResult:
        """The parts of an address of this host. Raises NotUsable for any other."""
        try:
            target, port = _checked(url, self.private_hosts)
        except FetchFailed as error:
            raise NotUsable(str(error)) from error
        if target.scheme != "https" or (target.hostname, port) != self.place:
            raise NotUsable(_("It leads to another host."))
        return target

    def _follow(self, url: str, request: HTTPRequest) -> Page:
        for _hop in range(MAX_REDIRECTS + 1):
            answer = self._ask(url, request)
            if isinstance(answer, Page):
                return answer
            url, request = urljoin(url, answer.location), HTTPRequest(accept="text/html")
        raise NotUsable(_("It redirects too often."))

    def _ask(self, url: str, request: HTTPRequest) -> Page | _Redirect:
        target = self.own(url)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        with _answered(
            target, self.place[1], self.addresses, request, self.end, context=self.context,
            headers=headers if self.cookies else {},
        ) as response:  # fmt: skip
            self._keep_cookies(response)
            if response.status in _REDIRECTS and response.headers.get("Location"):
                if request.body is not None and response.status in _REPEATING:
                    raise NotUsable(_("It asks for the same form once more."))
                return _Redirect(response.headers["Location"])
            charset = response.headers.get_content_charset("")
            return Page(url, response.status, _body(response, self.max_bytes, self.end), charset)

    def _keep_cookies(self, response: http.client.HTTPResponse) -> None:
        for header in response.headers.get_all("Set-Cookie", [])[:_MAX_COOKIES]:
            read = SimpleCookie()
            with contextlib.suppress(CookieError):
                read.load(header)
            for name, cookie in read.items():
                self.cookies.pop(name, None)
                if not _is_over(cookie) and len(self.cookies) < _MAX_COOKIES:
                    self.cookies[name] = cookie.coded_value


def _is_over(cookie: "Morsel[str]") -> bool:
    """Whether it only takes back one that was set before."""
    return not cookie.value or cookie["max-age"] in ("0", "-1") or "1970" in cookie["expires"]


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


def _addresses(host: str, port: int, private_hosts: Collection[str], end: float) -> list[str]:
    """The host's addresses, the first few. Raises FetchFailed when any of all is not public."""
    try:
        addresses = list(dict.fromkeys(_resolved(host, port, end)))
    except (OSError, UnicodeError) as error:
        raise FetchFailed(_("Its name cannot be resolved.")) from error
    if not _is_named(host, port, private_hosts) and not all(
        is_public(address) for address in addresses
    ):
        raise FetchFailed(_("It is not a public address."))
    return addresses[:_MAX_ADDRESSES]


def _resolved(host: str, port: int, end: float) -> list[str]:
    """All addresses of a name. Raises TimedOut at ``end``, and what the resolver raises.

    The system's resolver takes no deadline of ours, and one whose server is silent waits for half
    a minute and more: it is asked in a thread, which is left to itself when its time is over.
    """
    answer: Future[list[str]] = Future()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.set_result([str(info[4][0]) for info in found])
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            answer.set_exception(error)

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    # Waited for here, not by ``result``: a resolver's own TimeoutError is another thing.
    if not wait([answer], timeout=max(end - time.monotonic(), 0)).done:
        raise TimedOut(_("It did not answer in time."))
    return answer.result()


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
    scheme: str, host: str, addresses: list[str], port: int, end: float, *,
    context: ssl.SSLContext | None = None,
) -> Iterator[http.client.HTTPConnection]:  # fmt: skip
    """A connection to exactly one of these, cut off at ``end`` however slowly it drips."""
    live = [_reach(addresses, port, end)]
    watch = threading.Timer(max(end - time.monotonic(), 0), _cut, [live])
    watch.daemon = True
    watch.start()
    connection = http.client.HTTPConnection(host, port)
    try:
        if scheme == "https":
            # Wrapping takes the socket over: what is cut is the wrapped one, its handshake too.
            secured = (context or ssl.create_default_context()).wrap_socket(
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
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NotUsable(_("It answered in an encoding that was not asked for."))
    too_large = _("It is larger than %(limit)s bytes.") % {"limit": max_bytes}
    if response.length is not None and response.length > max_bytes:
        raise NotUsable(too_large)
    parts, size = [], 0
    while part := response.read1(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise NotUsable(too_large)
        if time.monotonic() >= end:
            raise TimeoutError
    # A cut connection reads like an end.
    if response.length or time.monotonic() >= end:
        raise TimedOut(_("It did not answer in time."))
    return b"".join(parts)
