"""A page that says that the store of files does not answer, instead of an error of ours."""

import logging
from collections.abc import Callable

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

logger = logging.getLogger(__name__)
RETRY_AFTER = 60  # seconds


class StoreDownMiddleware:
    """Answers 503 when a view could not reach the store, which says itself how it fails."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, getattr(default_storage, "failures", ())):
            return None
        logger.error("The store does not answer: %s", type(exception).__name__)
        response = render(request, "errors/503.html", status=503)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
