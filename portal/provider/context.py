"""The provider, for every template."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.provider.services import current_provider


def provider(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    return {"provider": SimpleLazyObject(current_provider), "demo": settings.DEMO}
