"""The demonstration's agency as the tests' own server, over real TLS."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from certificates import demo
from proxies import demo_agency
from proxies.demo_agency import DemoAgency
from proxies.models import CheckState, Proxy
from tests.factories import Cast
from tests.factories.proxies import make_proxy

SECONDS = 20


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Certificate and key of the server, and the root to be trusted."""
    with override_settings(DEMO=True, VAR_DIR=tmp_path_factory.mktemp("agency")):
        return (*demo.server(), demo.root_file())


@pytest.fixture
def agency(settings: Any, tls_files: tuple[Path, Path, Path]) -> Iterator[DemoAgency]:
    certificate, key, root = tls_files
    server = DemoAgency(0, certificate, key)
    server.start()
    settings.PROXY_CHECK_PRIVATE_HOSTS = [server.host]
    settings.PROXY_CHECK_CA_FILE = str(root)
    settings.PROXY_CHECK_SECONDS = SECONDS
    yield server
    server.stop()


def access_to(
    server: DemoAgency, cast: Cast, password: str = "certa-1", *, is_agreed: bool = True,
    **values: Any,
) -> Proxy:  # fmt: skip
    """An access of Carla's office to this agency, which agreed to have it checked there."""
    row = demo_agency.describe(server.address)
    secrets = {"login": b"escritorio", "password": password.encode()}
    proxy = make_proxy(cast.office, agency=row, **{"secrets": secrets, **values})
    if is_agreed:
        agree(proxy)
    return proxy


def agree(proxy: Proxy) -> None:
    host, due = proxy.agency.login_page.host, timezone.now() - timedelta(hours=1)
    CheckState.objects.create(proxy=proxy, host=host, next_run=due)
