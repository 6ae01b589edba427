"""A row of an import of notes as its page shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from orders.models import FiscalNote, NoteEvent, NoteRow
from orders.nfse.keys import grouped
from portal.money import format_brl
from portal.taxid import public_tax_id


@dataclass(frozen=True, kw_only=True)
class ShownRow:
    """``order`` is its number; ``url`` leads to the note or its batch's decision, or is empty."""

    line: str
    tone: str
    outcome: str
    remark: str
    errors: list[str]
    title: str
    file: str
    key: str
    taker: str
    amount: str
    order: str
    note: FiscalNote | None
    may_decide: bool


def prepared(row: NoteRow) -> ShownRow:
    values = row.values
    return ShownRow(
        line=str(row.line), tone=row.OUTCOME_TONES.get(row.outcome, "info"),
        outcome=row.get_outcome_display(), remark=row.remark,
        errors=[error["message"] for error in row.errors], title=_title(values),
        file=values["file"], key=_key(values),
        taker=_taker(values), amount=_amount(values),
        order=str(row.order.number) if row.order else "", note=row.note or _noted(row),
        may_decide=row.batch.status == row.batch.Status.CHECKED and row.outcome in row.NOTES,
    )  # fmt: skip


def _noted(row: NoteRow) -> FiscalNote | None:
    return row.event.note if row.event else None


def _title(values: dict[str, Any]) -> str:
    if values.get("event"):
        event = NoteEvent(code=values["code"], at=datetime.fromisoformat(values["at"]))
        return event.label
    if "number" not in values:
        return _("File that could not be read")
    return f"NFS-e {values['number']}"


def _key(values: dict[str, Any]) -> str:
    key = values.get("key") or values.get("note_identity") or ""
    return grouped(key) if len(key) == 50 else key


def _taker(values: dict[str, Any]) -> str:
    parts = (values.get("taker_name", ""), public_tax_id(values.get("taker_tax_id", "")))
    return " · ".join(part for part in parts if part)


def _amount(values: dict[str, Any]) -> str:
    return format_brl(values["service_cents"]) if "service_cents" in values else ""
