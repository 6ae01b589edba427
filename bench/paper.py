"""The ground of lines 5 and 6: the demonstration's signer and an invoice of 20 items, no server."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]
FOLDER = tempfile.TemporaryDirectory(prefix="balcao-bench-")
os.environ.update(
    VAR_DIR=FOLDER.name, REDIS_URL="memory://", DEMO="1", LOG_LEVEL="ERROR",
    DJANGO_SETTINGS_MODULE="portal.settings",
)  # fmt: skip
os.environ.pop("DATABASE_URL", None)


def start() -> tuple[Any, Any, Any]:
    """Django over an empty SQLite; gives a draft, the provider and the signer."""
    from datetime import date

    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0, skip_checks=True)
    from certificates.services import current_signer
    from invoices.models import DocumentType, InvoiceDraft, InvoiceItem
    from portal.accounts.models import Company, Unit
    from portal.provider.models import Provider
    from portal.taxid import with_check_digits

    provider = Provider(
        name="Serviços do Estado S.A.", short_name="Serviços", email="contato@exemplo.com.br",
        cnpj=with_check_digits("123456780001"), address="Av. Central, 200\nBelo Horizonte/MG",
    )  # fmt: skip
    provider.save()
    company = Company.objects.create(name="Secretaria A", tax_id=with_check_digits("223456780001"))
    unit = Unit.objects.create(company=company, code="U0001", name="Sede")
    kind = DocumentType.objects.create(code="fatura", name="Fatura de serviços")
    draft = InvoiceDraft.objects.create(
        unit=unit, type=kind, period=date(2026, 10, 1), number="2026-1", due_date=date(2026, 11, 20),
        notes="Pagamento até o vencimento.",
    )  # fmt: skip
    InvoiceItem.objects.bulk_create(
        InvoiceItem(
            draft=draft, position=i, description=f"Serviço de conservação {i}", price_cents=9990 + i
        )
        for i in range(20)
    )
    found = InvoiceDraft.objects.select_related("unit__company", "type").prefetch_related("items")
    return found.get(), provider, current_signer(timezone.now())


def a_stamp() -> Any:
    from certificates.signatures.signing import Stamp

    return Stamp("ABCDEFGHJKMNPQRS", "https://balcao.exemplo.com.br/verificar/ABCDEFGHJKMNPQRS/")
