"""The ground of the suite: a state folder of its own, the cast, and a client per person."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import LazySettings
from django.core.cache import BaseCache, caches
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker

from portal import cache as portal_cache
from tests import database, demonstration, flush
from tests.factories import Cast, make_cast

hypothesis.settings.register_profile("alike", derandomize=True, deadline=None)
hypothesis.settings.load_profile("alike")
flush.install()
demonstration.install()
portal_cache.PATIENCE = 30.0  # a busy machine is no server that is down
ON_A_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that may use the database, and those of them that run on both kinds.

    pytest-django refuses the others a connection, and ``_clean_ground`` the cache. Tests with
    transactions of their own are about locks and commits, in which databases differ.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        mark = item.get_closest_marker("django_db")
        if mark or ON_A_DATABASE & fixtures:
            item.add_marker("state")
        if (mark and mark.kwargs.get("transaction")) or "transactional_db" in fixtures:
            item.add_marker("both")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
    run_folder: Path,
) -> Iterator[None]:
    """Instead of pytest-django's, which migrates once for each process."""
    with django_db_blocker.unblock():
        database.copy(run_folder)
    yield
    with django_db_blocker.unblock():
        database.remove()


@pytest.fixture(scope="session")
def prepared_var(run_folder: Path, django_db_blocker: DjangoDbBlocker) -> Path:
    """The state folder of a portal that is migrated, for real servers to begin with a copy of."""
    from tests.server.stack import prepared

    with django_db_blocker.unblock():
        return prepared(run_folder)


@pytest.fixture(scope="session")
def peopled_var(run_folder: Path, prepared_var: Path) -> Path:
    """The same with people who come with certificates."""
    from tests.server.entrance import peopled

    return peopled(run_folder, prepared_var)


@pytest.fixture(autouse=True)
def _clean_ground(
    request: pytest.FixtureRequest, settings: LazySettings, tmp_path: Path
) -> Iterator[None]:
    """Files of each test in a folder of its own; nothing left in the cache; the portal's language."""
    translation.deactivate()  # an English page leaves its language behind
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "media"), "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    portal_cache.circuit.reset()  # a test without the cache leaves its pause behind
    _clear_caches()
    if any(request.node.get_closest_marker(name) for name in ("state", "browser", "server")):
        yield
    else:
        shared: BaseCache = caches["default"]
        caches["default"] = _Unmarked()  # type: ignore[assignment]
        yield
        caches["default"] = shared
    _clear_caches()


def _clear_caches() -> None:
    for cache in caches.all():
        cache.clear()


class _Unmarked:
    """Instead of the cache, for a test that would not run on Valkey though it uses the cache."""

    def __getattr__(self, name: str) -> object:
        pytest.fail("It uses the cache: say so with pytest.mark.state.")

    def close(self) -> None:
        """Django does so after each request."""


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
