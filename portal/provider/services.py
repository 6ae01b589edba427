"""Reading the provider's row, which every page needs and which changes once a year."""

from django.core.cache import cache

from portal.provider.models import Provider

_KEY = "provider"


def current_provider() -> Provider:
    """The provider; before ``manage.py setup`` a nameless one."""
    provider: Provider | None = cache.get(_KEY)
    if provider is None:
        provider = Provider.objects.filter(pk=1).first() or Provider(
            name="Balcão", short_name="Balcão", email="contato@localhost"
        )
        cache.set(_KEY, provider, 300)
    return provider


def forget_provider() -> None:
    """After a change."""
    cache.delete(_KEY)
