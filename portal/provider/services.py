"""Reading the provider's row, which every page needs and which changes once a year."""

from typing import cast

from django.core import serializers
from django.core.cache import cache, caches

from portal.provider.models import Provider

_KEY = "provider"
SHOWN_SECONDS = 5
_KEPT_SECONDS = 300  # reading the copy takes two thirds of the time of the query (bench line 1)


def provider_row() -> Provider:
    """The provider as the database has it now, for what decides access or how long a document lives;
    before ``manage.py setup`` a nameless one."""
    return Provider.objects.filter(pk=1).first() or Provider(
        name="Balcão", short_name="Balcão", email="contato@localhost"
    )


def current_provider() -> Provider:
    """The provider as pages and mails name it: after a change the old one for up to five minutes,
    if the cache did not hear of it."""
    kept: str | None = cache.get(_KEY)
    if kept is not None:
        return _from_json(kept)
    provider = provider_row()
    cache.set(_KEY, serializers.serialize("json", [provider]), _KEPT_SECONDS)
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
