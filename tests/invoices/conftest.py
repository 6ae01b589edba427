"""What the invoice desk's tests share."""

import pytest
from django.conf import LazySettings

from invoices.models import DocumentType
from tests.factories import make_report_type, make_type


@pytest.fixture
def demo_signer(settings: LazySettings) -> None:
    """Documents are signed by the demonstration's own authority."""
    settings.DEMO = True


@pytest.fixture
def invoice_type(db: None) -> DocumentType:
    return make_type()


@pytest.fixture
def report_type(db: None) -> DocumentType:
    return make_report_type()
