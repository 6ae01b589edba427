"""Bodies of requests from strangers: refused unread, or read in full before a page begins.

A body is read from the network by the thread that answers the request, as slowly as it comes.
So nobody may send one to a page that asks for a login, and to public pages only a bounded one, in
bounded time, a few at once. Behind nginx, which reads bodies itself, nobody waits here.
"""

import logging
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
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


class BodyMiddleware:
    """Stands after what knows the user, and before whatever looks into ``request.POST``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.login = LoginRequiredMiddleware(lambda _request: HttpResponse())
        self.slots = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _has_body(request) or request.user.is_authenticated:
            return self.get_response(request)
        refusal = self._refusal(request) or self._read(request)
        if refusal is not None:
            _hang_up(request)
            return refusal
        return self.get_response(request)

    def _refusal(self, request: HttpRequest) -> HttpResponseBase | None:
        try:
            view = resolve(request.path_info).func
        except Http404:
            return views.not_found(request)
        if getattr(view, "login_required", True):
            return self.login.handle_no_permission(request, view)
        length = _length(request)
        if length is None:
            return render(request, "errors/400.html", status=HTTPStatus.LENGTH_REQUIRED)
        if length > getattr(view, "body_bytes", FORM_BYTES):
            return views.too_large(request)
        return None

    def _read(self, request: HttpRequest) -> HttpResponse | None:
        """Take the whole body off the network; what to answer where that is not possible."""
        if not self.slots.acquire(blocking=False):
            logger.warning("Too many bodies of strangers are being read; one more was refused.")
            response = render(request, "errors/busy.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
            response["Retry-After"] = str(RETRY_AFTER)
            return response
        try:
            return None if _spool(request) else views.bad_request(request)
        finally:
            self.slots.release()


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
    limit = threading.Timer(READ_SECONDS * (1 + length / MEGABYTE), _hang_up, [request])
    limit.daemon = True
    limit.start()
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


def _hang_up(request: HttpRequest) -> None:
    """Listen no more: what is not read yet is not waited for, neither here nor by gunicorn."""
    line: Any = request.META.get("gunicorn.socket")
    if isinstance(line, socket.socket) and not isinstance(line, ssl.SSLSocket):
        with suppress(OSError):
            line.shutdown(socket.SHUT_RD)
