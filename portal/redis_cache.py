"""Django's Redis cache, with one client kept for each server."""

from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient


class KeptClient(RedisCacheClient):
    """Django makes a client for each look-up, and each fills a table of 170 answers' readers.

    A client holds no connection of its own: the pool lends one per command, so threads share it.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._made: dict[int, Any] = {}

    def get_client(self, key: str | None = None, *, write: bool = False) -> Any:  # noqa: ARG002
        index = self._get_connection_pool_index(write)
        if index not in self._made:
            self._made[index] = self._client(connection_pool=self._get_connection_pool(write))
        return self._made[index]


class KeptRedisCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient
