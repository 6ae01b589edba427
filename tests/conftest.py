"""The ground of the suite: a state folder of its own, the cast, and a client per person."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.cache import caches
from django.test import Client

from tests import flush
from tests.factories import Cast, make_cast

flush.install()


@pytest.fixture(autouse=True)
def _clean_ground(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    """Files of each test in a folder of its own; nothing left in the cache; fast passwords."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "media"), "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STAFF_MFA_REQUIRED = False  # its own tests switch it on
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    _clear_caches()
    yield
    _clear_caches()


def _clear_caches() -> None:
    for cache in caches.all():
        cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """Ana of company A, Bruno of company B, Carla of the office, and the staff."""
    return make_cast()


@pytest.fixture
def client_of() -> Callable[..., Client]:
    """A browser in which this user is logged in."""

    def log_in(user: object) -> Client:
        client = Client()
        client.force_login(user)  # type: ignore[arg-type]
        return client

    return log_in
