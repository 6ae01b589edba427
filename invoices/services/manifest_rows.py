"""One row of a manifest: what it says, every error of it with its column, what it asks for."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from invoices.models import Batch, BatchRow, DocumentType
from invoices.services.document_spec import DocumentSpec, SourceFile
from invoices.services.manifest import ManifestRow
from portal.accounts.models import Unit, User
from portal.money import parse_cents
from portal.periods import parse_period
from portal.sheets import parsers


def types_by_name() -> dict[str, DocumentType]:
    """The active document types by code and by name, in lower case."""
    types: dict[str, DocumentType] = {}
    for type_ in DocumentType.objects.filter(is_active=True):
        types[type_.name.casefold()] = type_
        types[type_.code.casefold()] = type_
    return types


def units_by_code(rows: list[ManifestRow]) -> dict[str, Unit]:
    """The units that these rows name, by code in upper case, inactive ones too."""
    codes = {row.values["unidade"] for row in rows}
    found = Unit.objects.filter(code__in=codes | {code.upper() for code in codes})
    return {unit.code.upper(): unit for unit in found.select_related("company")}


def build_row(
    batch: Batch, said: ManifestRow, units: dict[str, Unit], types: dict[str, DocumentType]
) -> BatchRow:
    """An unsaved row with all that could be understood; the file is looked at elsewhere."""
    row = BatchRow(batch=batch, line=said.line, values=said.values, outcome=BatchRow.Outcome.NEW)
    for column, cell in said.formulas.items():
        row.add_error(column, _("Cell %(cell)s holds a formula; paste its value.") % {"cell": cell})
    _unit_and_type(row, units, types)
    _period_and_number(row)
    _amount_and_day(row)
    # What a formula's empty value lacks besides is no news.
    told = len(said.formulas)
    others = [error for error in row.errors[told:] if error["column"] not in said.formulas]
    row.errors = row.errors[:told] + others
    return row


def _unit_and_type(row: BatchRow, units: dict[str, Unit], types: dict[str, DocumentType]) -> None:
    unit = units.get(row.values["unidade"].upper())
    if unit is None:
        row.add_error("unidade", _("There is no unit with this code."))
    elif not (unit.is_active and unit.company.is_active):
        row.add_error("unidade", _("This unit is not active."))
    row.unit = unit
    row.type = types.get(row.values["tipo"].casefold())
    if row.type is None:
        known = sorted({type_.code for type_ in types.values()})
        row.add_error(
            "tipo", _("Unknown type; known are: %(types)s.") % {"types": ", ".join(known)}
        )


def _period_and_number(row: BatchRow) -> None:
    try:
        row.period = parse_period(row.values["periodo"])
    except ValidationError as error:
        row.add_error("periodo", error.messages[0])
    number = row.values["numero"]
    row.number = number[:40]
    if not 1 <= len(number) <= 40:
        row.add_error("numero", _("Enter a number of 1 to 40 characters."))


def _amount_and_day(row: BatchRow) -> None:
    amount, day = row.values.get("valor", ""), row.values.get("vencimento", "")
    is_invoice = row.type is not None and row.type.kind == DocumentType.Kind.INVOICE
    try:
        if amount or is_invoice:
            row.amount_cents = parse_cents(amount)
            if row.amount_cents < 0:
                row.amount_cents = None
                raise ValidationError(_("The amount cannot be negative."))
    except ValidationError as error:
        row.add_error("valor", error.messages[0])
    try:
        row.due_date = parsers.day()(day) if day else None
    except ValidationError as error:
        row.add_error("vencimento", error.messages[0])


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
