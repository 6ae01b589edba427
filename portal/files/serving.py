"""The one way out of the private store."""

import logging
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.utils.http import content_disposition_header

logger = logging.getLogger(__name__)
_BLOCK_BYTES = 64 * 1024
# A browser's own PDF viewer does not start under "sandbox"; a PDF runs no script of ours anyway.
_PDF_POLICY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
_INLINE = {"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"}


def serve(
    request: HttpRequest,
    key: str,
    *,
    name: str,
    content_type: str,
    inline: bool,
    sha256: str = "",
    size: int | None = None,
) -> HttpResponseBase:
    """A stored file to who may have it: the caller has checked that.

    By nginx when ``PRIVATE_ACCEL_PREFIX`` is set, by a redirect that lives 60 s when the store
    has signed addresses (S3), otherwise streamed in constant memory. ``inline`` only shows what
    a browser may show safely; the rest is downloaded. A picture that is shown in one of our pages is
    never redirected: their policy allows pictures of this origin alone. Http404 when the store lost
    the file.
    """
    inline = inline and content_type in _INLINE
    headers = _headers(name, content_type, inline=inline)
    if settings.PRIVATE_ACCEL_PREFIX:
        response: HttpResponseBase = HttpResponse()
        headers["X-Accel-Redirect"] = settings.PRIVATE_ACCEL_PREFIX.rstrip("/") + "/" + quote(key)
    elif hasattr(default_storage, "querystring_auth") and not (
        inline and content_type.startswith("image/")
    ):
        response = HttpResponseRedirect(_signed_address(key, headers))
        del headers["Content-Type"], headers["Content-Disposition"]
    else:
        response = _streamed(key, size, head=request.method == "HEAD")
    if sha256:
        headers["X-Content-SHA256"] = sha256
    for header, value in headers.items():
        response[header] = value
    return response


def _headers(name: str, content_type: str, *, inline: bool) -> dict[str, str]:
    return {
        "Content-Type": content_type
        + ("; charset=utf-8" if content_type.startswith("text/") else ""),
        "Content-Disposition": str(content_disposition_header(not inline, name)),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _PDF_POLICY if content_type == "application/pdf" else _POLICY,
    }


def _streamed(key: str, size: int | None, *, head: bool) -> HttpResponseBase:
    try:
        file = default_storage.open(key, "rb")
    except FileNotFoundError:
        logger.error("The store has no file %s", key)
        raise Http404 from None
    length = file.size if size is None else size
    if head:
        file.close()
        response: HttpResponseBase = HttpResponse()
    else:
        response = FileResponse(file)
        response.block_size = _BLOCK_BYTES
    response["Content-Length"] = str(length)
    return response


def _signed_address(key: str, headers: dict[str, str]) -> str:
    storage: Any = default_storage
    parameters = {
        "ResponseContentType": headers["Content-Type"],
        "ResponseContentDisposition": headers["Content-Disposition"],
        "ResponseCacheControl": headers["Cache-Control"],
    }
    return str(storage.url(key, parameters=parameters))
