"""Bodies of requests: how many are read at once, for how long, and which are refused unread.

A body is read from the network by the thread that answers the request, as slowly as it comes.
So every body has its time, one thread of the process reads none, and no person holds more than half
of the threads. Strangers may send none to a page that asks for a login, and to public pages only a
bounded one. Bodies of strangers, and small ones of anybody, are read before the page begins. Behind
nginx, which reads bodies itself, nobody waits here.
"""

import logging
import socket
import ssl
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import resolve

from portal.files.uploads import upload_folder
from portal.ui import views

V = TypeVar("V", bound=Callable[..., HttpResponseBase])
logger = logging.getLogger(__name__)

FORM_BYTES = 100 * 1024
OVERHEAD = 64 * 1024  # of a form around its files
READ_SECONDS = 20.0  # for any body, and for each MEGABYTE of it
MEGABYTE = 1024**2
RETRY_AFTER = 5  # seconds
_SPOOL_BYTES = MEGABYTE


def takes_files(largest: int) -> Callable[[V], V]:
    """Marks a public view to which strangers may send files, of ``largest`` bytes together."""

    def mark(view: V) -> V:
        view.body_bytes = largest + OVERHEAD  # type: ignore[attr-defined]
        return view

    return mark


def stays_in_memory(view: V) -> V:
    """Marks a view whose files hold secrets: a body too large for memory is refused unread, never
    put on disk. deploy/nginx.conf keeps what is sent there in memory, too."""
    view.stays_in_memory = True  # type: ignore[attr-defined]
    return view


class BodyMiddleware:
    """Stands after what knows the user, and before whatever looks into ``request.POST``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.login = LoginRequiredMiddleware(lambda _request: HttpResponse())
        self.places = _Places(settings.WEB_THREADS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _has_body(request):
            return self.get_response(request)
        if not request.user.is_authenticated:
            refusal = self._refusal(request) or self._read(request, None)
        elif _length(request) is None:
            refusal = _length_required(request)
        elif (_length(request) or 0) > MEGABYTE and _stays_in_memory(request):
            refusal = views.too_large(request)
        elif (_length(request) or 0) > MEGABYTE:
            return self._while_it_comes(request, request.user.pk)
        else:
            refusal = self._read(request, request.user.pk)
        if refusal is not None:
            _hang_up(request)
            return refusal
        return self.get_response(request)

    def _while_it_comes(self, request: HttpRequest, who: int) -> HttpResponseBase:
        """The page reads the body itself, which is not put by twice; its place is free again then."""
        if not self.places.take(who):
            _hang_up(request)
            return _busy(request)
        limit = _deadline(request)

        def done() -> None:
            limit.cancel()
            self.places.give_back(who)

        body: Any = _Coming(request._stream, _length(request) or 0, done)
        request._stream = body
        try:
            return self.get_response(request)
        finally:
            if not body.is_over:
                body.end()
                _hang_up(request)

    def _refusal(self, request: HttpRequest) -> HttpResponseBase | None:
        try:
            view = resolve(request.path_info).func
        except Http404:
            return views.not_found(request)
        if getattr(view, "login_required", True):
            return self.login.handle_no_permission(request, view)
        length = _length(request)
        if length is None:
            return _length_required(request)
        if length > getattr(view, "body_bytes", FORM_BYTES):
            return views.too_large(request)
        return None

    def _read(self, request: HttpRequest, who: int | None) -> HttpResponse | None:
        """Take the whole body off the network; what to answer where that is not possible."""
        if not self.places.take(who):
            return _busy(request)
        try:
            return None if _spool(request) else views.bad_request(request)
        finally:
            self.places.give_back(who)


class _Places:
    """Whose bodies are being read by this process; None stands for all strangers."""

    def __init__(self, threads: int) -> None:
        self._all, self._each = max(1, threads - 1), max(1, threads // 2)
        self._lock = threading.Lock()
        self._held: Counter[int | None] = Counter()

    def take(self, who: int | None) -> bool:
        with self._lock:
            if self._held[who] >= self._each or self._held.total() >= self._all:
                return False
            self._held[who] += 1
            return True

    def give_back(self, who: int | None) -> None:
        with self._lock:
            self._held[who] -= 1
            self._held += Counter()  # whoever has none is forgotten


class _Coming:
    """A body that the page reads; tells ``done`` once it is over. BadRequest when it stops short:
    half a file must not pass for a whole one."""

    def __init__(self, stream: Any, length: int, done: Callable[[], None]) -> None:
        self._stream, self._left, self._done = stream, length, done
        self.is_over = False

    def read(self, *size: int) -> bytes:
        return self._counted(self._stream.read(*size), *size)

    def readline(self, *size: int) -> bytes:
        return self._counted(self._stream.readline(*size), *size)

    def _counted(self, data: bytes, *size: int) -> bytes:
        self._left -= len(data)
        if self._left > 0 and not data and size != (0,):
            raise BadRequest("The body did not come in full.")
        if self._left <= 0:
            self.end()
        return data

    def end(self) -> None:
        if not self.is_over:
            self.is_over = True
            self._done()


def _stays_in_memory(request: HttpRequest) -> bool:
    try:
        return getattr(resolve(request.path_info).func, "stays_in_memory", False)
    except Http404:
        return False


def _length_required(request: HttpRequest) -> HttpResponse:
    return render(request, "errors/400.html", status=HTTPStatus.LENGTH_REQUIRED)


def _busy(request: HttpRequest) -> HttpResponse:
    logger.warning("Too many bodies are being read; one more was refused.")
    response = render(request, "errors/busy.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def _has_body(request: HttpRequest) -> bool:
    return _length(request) != 0


def _length(request: HttpRequest) -> int | None:
    """Bytes that the client says it sends; None when it does not say how many."""
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        return None
    with suppress(ValueError):
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    return None


def _spool(request: HttpRequest) -> bool:
    """Whether the whole body came in time; the view then reads it from here."""
    length = _length(request) or 0
    body: Any = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - the view reads it
        max_size=_SPOOL_BYTES, dir=str(upload_folder())
    )
    limit = _deadline(request)
    try:
        while chunk := request.read(64 * 1024):
            body.write(chunk)
    except OSError:
        return False
    finally:
        limit.cancel()
    complete: bool = body.tell() == length
    body.seek(0)
    request._stream = body
    request._read_started = False  # type: ignore[attr-defined]
    return complete


def _deadline(request: HttpRequest) -> threading.Timer:
    """Hangs up when the body has not come in its time, if nobody cancels it."""
    length = _length(request) or 0
    limit = threading.Timer(READ_SECONDS * (1 + length / MEGABYTE), _hang_up, [request])
    limit.daemon = True
    limit.start()
    return limit


def _hang_up(request: HttpRequest) -> None:
    """Listen no more: what is not read yet is not waited for, neither here nor by gunicorn."""
    line: Any = request.META.get("gunicorn.socket")
    if isinstance(line, socket.socket) and not isinstance(line, ssl.SSLSocket):
        with suppress(OSError):
            line.shutdown(socket.SHUT_RD)
