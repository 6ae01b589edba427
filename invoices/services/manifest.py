"""A batch's manifest: its columns, what a row says, every error of it, what it asks for."""

from datetime import datetime

from django.utils.translation import gettext as _

from invoices.models import Batch, BatchRow, DocumentType
from invoices.services.document_spec import DocumentSpec, SourceFile
from portal.accounts.models import Unit, User
from portal.sheets import parsers
from portal.sheets.columns import Column, Kind, Row

COLUMNS = (
    Column("unidade", required=True),
    Column("tipo", required=True),
    Column("periodo", required=True, parse=parsers.period, kind=Kind.MONTH),
    Column("numero", required=True, parse=parsers.text(40, minimum=1)),
    Column("valor", parse=parsers.cents(0), kind=Kind.MONEY),
    Column("vencimento", parse=parsers.day(), kind=Kind.DAY),
    Column("arquivo", required=True),
)
_ORDER = ("", *[column.name for column in COLUMNS])
_KEPT = 300  # characters of a cell


def types_by_name() -> dict[str, DocumentType]:
    """The active document types by code and by name, in lower case."""
    types: dict[str, DocumentType] = {}
    for type_ in DocumentType.objects.filter(is_active=True):
        types[type_.name.casefold()] = type_
        types[type_.code.casefold()] = type_
    return types


def units_by_code(rows: list[Row]) -> dict[str, Unit]:
    """The units that these rows name, by code in upper case, inactive ones too."""
    codes = {row.texts["unidade"] for row in rows}
    found = Unit.objects.filter(code__in=codes | {code.upper() for code in codes})
    return {unit.code.upper(): unit for unit in found.select_related("company")}


def build_row(
    batch: Batch, said: Row, units: dict[str, Unit], types: dict[str, DocumentType]
) -> BatchRow:
    """An unsaved row with all that could be understood; the file is looked at elsewhere."""
    texts = {name: text[:_KEPT] for name, text in said.texts.items()}
    row = BatchRow(batch=batch, line=said.line, values=texts, outcome=BatchRow.Outcome.NEW)
    for column, message in said.errors:
        row.add_error(column, message)
    row.period, row.number = said.values.get("periodo"), said.texts["numero"][:40]
    row.amount_cents, row.due_date = said.values.get("valor"), said.values.get("vencimento")
    if "unidade" in said.values:
        _find_unit(row, units)
    if "tipo" in said.values:
        _find_type(row, types)
    is_invoice = row.type is not None and row.type.kind == DocumentType.Kind.INVOICE
    if is_invoice and "valor" in said.values and row.amount_cents is None:
        row.add_error("valor", _("An invoice needs its amount."))
    row.errors.sort(key=lambda error: _ORDER.index(error["column"]))
    return row


def _find_unit(row: BatchRow, units: dict[str, Unit]) -> None:
    row.unit = units.get(row.values["unidade"].upper())
    if row.unit is None:
        row.add_error("unidade", _("There is no unit with this code."))
    elif not (row.unit.is_active and row.unit.company.is_active):
        row.add_error("unidade", _("This unit is not active."))


def _find_type(row: BatchRow, types: dict[str, DocumentType]) -> None:
    row.type = types.get(row.values["tipo"].casefold())
    if row.type is None:
        known = ", ".join(sorted({type_.code for type_ in types.values()}))
        row.add_error("tipo", _("Unknown type; known are: %(types)s.") % {"types": known})


def spec_of(row: BatchRow, *, by: User | None, at: datetime) -> DocumentSpec:
    """What a row without errors asks to be published."""
    if row.unit is None or row.type is None or row.period is None:
        raise ValueError(f"row {row} was not understood")
    name = row.file_name.rpartition("/")[2]
    return DocumentSpec(
        unit=row.unit, type=row.type, period=row.period, number=row.number,
        amount_cents=row.amount_cents, due_date=row.due_date, by=by, at=at, replaces=row.current,
        file=SourceFile(name=name, sha256=row.sha256, key=row.file_key),
    )  # fmt: skip
