"""Reading the provider's row, which every page needs and which changes once a year."""

from typing import cast

from django.core import serializers
from django.core.cache import cache, caches

from portal.provider.models import Provider

_KEY = "provider"
SHOWN_SECONDS = 5


def current_provider() -> Provider:
    """The provider; before ``manage.py setup`` a nameless one."""
    kept: str | None = cache.get(_KEY)
    if kept is not None:
        return _from_json(kept)
    provider = Provider.objects.filter(pk=1).first() or Provider(
        name="Balcão", short_name="Balcão", email="contato@localhost"
    )
    cache.set(_KEY, serializers.serialize("json", [provider]), 300)
    return provider


def _from_json(text: str) -> Provider:
    [found] = serializers.deserialize("json", text)
    return cast("Provider", found.object)


def shown_provider() -> Provider:
    """The same for the frame of a page: as this process knew it up to five seconds ago."""
    provider: Provider | None = caches["process"].get(_KEY)
    if provider is None:
        provider = current_provider()
        caches["process"].set(_KEY, provider, SHOWN_SECONDS)
    return provider


def forget_provider() -> None:
    """After a change."""
    cache.delete(_KEY)
    caches["process"].delete(_KEY)
