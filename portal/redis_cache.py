"""Django's Redis cache, with its clients kept."""

from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient


class KeptClient(RedisCacheClient):
    """Django makes a client for each look-up, and each fills a table of 170 answers' readers.

    A client holds no connection of its own: the pool lends one per command, so threads share it.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._made: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """One to read by and one to write by, of each process."""
        if write not in self._made:
            self._made[write] = super().get_client(key, write=write)
        return self._made[write]


class KeptRedisCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient
