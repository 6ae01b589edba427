"""The cache in Redis or Valkey. Where it does not answer, the portal goes on without it.

Reading then finds nothing, writing does nothing, ``add`` says that the key is new. Only counting
(``incr``, ``decr``) raises, since a wrong number would open a limit unnoticed. Values are JSON.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

T = TypeVar("T")
logger = logging.getLogger(__name__)

PATIENCE = 0.5  # seconds for the server to answer
PAUSE = 5.0  # seconds in which this process does not ask a server that did not answer
LOG_EVERY = 60.0  # seconds


class CacheDownError(ValueError):
    """Nothing could be counted. A ValueError, like the one for a number that is not there."""


class JSONSerializer:
    """Values as JSON. The server can count integers, which JSON leaves bare."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj).encode()

    def loads(self, data: Any) -> Any:
        return json.loads(data)


class Circuit:
    """Whether to ask the server. While it fails, one call of this process in ``PAUSE`` does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self._failing, self._ask_at, self._log_at = False, 0.0, 0.0

    def may_ask(self) -> bool:
        if not self._failing:
            return True
        with self._lock:
            now = time.monotonic()
            if now < self._ask_at:
                return False
            self._ask_at = now + PAUSE
            return True

    def failed(self, error: Exception) -> None:
        with self._lock:
            now = time.monotonic()
            self._failing, self._ask_at = True, now + PAUSE
            if now < self._log_at:
                return
            self._log_at = now + LOG_EVERY
        name = type(error).__name__
        logger.warning("The cache does not answer (%s); the portal goes on without it.", name)

    def answered(self) -> None:
        if self._failing:
            self._failing = False
            logger.warning("The cache answers again.")


circuit = Circuit()  # of the process: Django makes a backend for each thread


class FailOpenClient(RedisCacheClient):
    """Django's, with short time-outs, and an answer of ours where the server gives none."""

    def __init__(self, servers: Any, **options: Any) -> None:
        # A connection that a restart of the server has cut is opened again, once.
        once = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
        super().__init__(
            servers, serializer=JSONSerializer, retry=once, socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE, **options,
        )  # fmt: skip

    def answers(self, key: str) -> bool:
        """Whether the server takes a value now, whatever became of it before."""
        try:
            super().set(key, 1, 10)
        except (RedisError, OSError):
            return False
        return True

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return _ask(True, super().add, key, value, timeout)

    def get(self, key: Any, default: Any) -> Any:
        return _ask(default, super().get, key, default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        _ask(None, super().set, key, value, timeout)

    def touch(self, key: Any, timeout: Any) -> bool:
        return _ask(False, super().touch, key, timeout)

    def delete(self, key: Any) -> bool:
        return _ask(False, super().delete, key)

    def get_many(self, keys: Any) -> dict[Any, Any]:
        return _ask({}, super().get_many, keys)

    def has_key(self, key: Any) -> bool:
        return _ask(False, super().has_key, key)

    def incr(self, key: Any, delta: Any) -> int:
        found: int | None = _ask(None, super().incr, key, delta)
        if found is None:
            raise CacheDownError
        return found

    def set_many(self, data: Any, timeout: Any) -> None:
        _ask(None, super().set_many, data, timeout)

    def delete_many(self, keys: Any) -> None:
        _ask(None, super().delete_many, keys)

    def clear(self) -> bool:
        return _ask(False, super().clear)


def _ask(otherwise: T, call: Callable[..., T], *arguments: Any) -> T:
    if not circuit.may_ask():
        return otherwise
    try:
        found = call(*arguments)
    except (RedisError, OSError) as error:
        circuit.failed(error)
        return otherwise
    circuit.answered()
    return found


class FailOpenRedisCache(RedisCache):
    """``OPTIONS["longest"]``: the most seconds for which a value is kept."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS", {}))
        self._longest: int | None = options.pop("longest", None)
        super().__init__(server, {**params, "OPTIONS": options})
        self._class = FailOpenClient

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> Any:
        seconds = super().get_backend_timeout(timeout)
        if self._longest is None:
            return seconds
        return self._longest if seconds is None else min(seconds, self._longest)

    def answers(self) -> bool:
        """Whether the server takes a value now; for the health page."""
        client: Any = self._cache
        return bool(client.answers(self.make_key("answers")))
