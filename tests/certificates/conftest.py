"""A signer of the demonstration, one of a real operator, and authorities on a local server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from certificates.services import current_signer, install_pfx, signers
from certificates.signatures.signing import Signer
from tests.certificates import authority, web
from tests.certificates.world import World


@pytest.fixture(autouse=True)
def _no_signer_kept():
    signers._loaded.clear()


@pytest.fixture
def demo(settings: LazySettings) -> None:
    settings.DEMO = True


@pytest.fixture
def demo_signer(demo: None, db: None) -> Signer:
    return current_signer(timezone.now())


@pytest.fixture
def signer(db: None) -> Signer:
    """An operator's own, self-signed."""
    leaf = authority.certificate(names=authority.company_names())
    install_pfx(authority.pfx(leaf=leaf), authority.PASSWORD, label="A1 de teste", by=None)
    return current_signer(timezone.now())


@pytest.fixture
def world(settings: LazySettings, tmp_path: Path) -> Iterator[World]:
    """A root and an authority with lists and a responder on a server that jobs may ask."""
    server = web.Web()
    settings.TRUST_PRIVATE_HOSTS = [server.host]
    settings.TRUST_FETCH_SECONDS = 600
    yield World(server, settings, tmp_path)
    server.stop()
