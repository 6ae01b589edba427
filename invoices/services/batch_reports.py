"""What staff read about a batch of documents: its rows, and a manifest to start from."""

from typing import Any

from invoices.models import BatchRow, Document, DocumentType
from portal.accounts.models import Unit
from portal.money import format_brl
from portal.periods import format_period

# What ``prepared`` reads of each row.
ROW_RELATIONS = ("unit", "type", "document")


def prepared(row: BatchRow) -> dict[str, Any]:
    """A row as the page shows it: what was understood, else what was written."""
    return {
        "line": row.line,
        "unit": str(row.unit) if row.unit else row.values.get("unidade", ""),
        "type": row.type.name if row.type else row.values.get("tipo", ""),
        "period": format_period(row.period) if row.period else row.values.get("periodo", ""),
        "number": row.number or row.values.get("numero", ""),
        "amount": row.values.get("valor", "") if row.amount_cents is None else format_brl(row.amount_cents),
        "due": f"{row.due_date:%d/%m/%Y}" if row.due_date else row.values.get("vencimento", ""),
        "file": row.values.get("arquivo", ""),
        "tone": BatchRow.OUTCOME_TONES[row.outcome],
        "outcome": row.get_outcome_display(),
        "version": row.current_version if row.outcome == BatchRow.Outcome.REPLACES else None,
        "errors": row.errors,
        "document": row.document,
        "gone": _gone(row),
    }  # fmt: skip


def _gone(row: BatchRow) -> str:
    """What became of the row's document since, when it is no longer the published one."""
    document = row.document
    if document is None or document.status == Document.Status.PUBLISHED:
        return ""
    return str(document.get_status_display())


def examples() -> list[list[str]]:
    """Two rows of a manifest, with a real unit and types where there are any."""
    unit = Unit.objects.filter(is_active=True).order_by("code").first()
    code = unit.code if unit else "U001"
    types = DocumentType.objects.filter(is_active=True)
    invoice = types.filter(kind=DocumentType.Kind.INVOICE).first()
    report = types.filter(kind=DocumentType.Kind.REPORT).first()
    return [
        [code, invoice.code if invoice else "fatura", "03/2026", "1001", "1234,56", "10/04/2026",
         "fatura-1001.pdf"],
        [code, report.code if report else "relatorio", "03/2026", "1001", "", "", "relatorio-1001.pdf"],
    ]  # fmt: skip
