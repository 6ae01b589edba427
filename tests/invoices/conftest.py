"""What the invoice desk's tests share."""

from collections.abc import Callable
from functools import cache

import pytest
from django.conf import LazySettings
from django.test import Client

from certificates.demo import registration
from certificates.demo.signer import demo_signer as load_demo_signer
from certificates.signatures.signing import Signer
from invoices.models import DocumentType
from tests.factories import Cast, make_report_type, make_type
from tests.invoices.batching import Page


@cache
def _one_signer() -> Signer:
    """Opening its file takes longer than signing ten documents, and tests sign thousands."""
    return load_demo_signer()


@pytest.fixture
def demo_signer(settings: LazySettings, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are signed by the demonstration's own authority."""
    signer = _one_signer()
    monkeypatch.setattr(registration, "demo_signer", lambda: signer)
    settings.DEMO = True


@pytest.fixture
def invoice_type(db: None) -> DocumentType:
    return make_type()


@pytest.fixture
def report_type(db: None) -> DocumentType:
    return make_report_type()


@pytest.fixture
def page(cast: Cast, client_of: Callable[..., Client]) -> Page:
    """The billing clerk's browser."""
    return Page(client_of(cast.faturista))
