"""The provider, for every template."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.provider import colours
from portal.provider.services import shown_provider


def provider(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    return {
        "provider": SimpleLazyObject(shown_provider),
        "accent_version": SimpleLazyObject(_accent_version),
        "demo": settings.DEMO,
    }


def _accent_version() -> str:
    return colours.version(shown_provider().accent_colour)
