"""Invoice data from a spreadsheet: one row per item, grouped to one draft per invoice."""

from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from invoices.models import DocumentType, InvoiceDraft
from invoices.quantities import parse_quantity
from invoices.services.drafts import MAX_ITEMS, Item, add_items
from invoices.services.manifest import types_by_name, units_by_code
from portal.accounts.models import Unit, User
from portal.audit.services import record
from portal.sheets import parsers
from portal.sheets.columns import Column, Row
from portal.sheets.reading import read

COLUMNS = (
    Column("unidade", required=True),
    Column("tipo", required=True),
    Column("periodo", required=True, parse=parsers.period),
    Column("numero", required=True, parse=parsers.text(40, minimum=1)),
    Column("vencimento", required=True, parse=parsers.day()),
    Column("descricao", required=True, parse=parsers.text(200, minimum=1), width=30),
    Column("preco", required=True, parse=parsers.cents()),
    Column("quantidade", parse=parse_quantity, default=1000),
    Column("observacoes", parse=parsers.text(2000), default="", width=30),
)
MAX_ROWS = 5_000
_ONE = ("U0001", "fatura-servicos", "03/2026", "2026-0001", "10/04/2026")
EXAMPLES = (
    (*_ONE, "Serviços de limpeza", "12.500,00", "1", ""),
    (*_ONE, "Hora extraordinária", "48,90", "7,5", ""),
)

Identity = tuple[int, int, date, str]


@dataclass(frozen=True)
class RowError:
    """What is wrong in a spreadsheet, where: its row and its column."""

    line: int
    column: str
    value: str
    message: str


class RowsRefused(Exception):
    """Rows with errors: nothing was imported. ``errors`` by line and column."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__(len(errors))
        self.errors = sorted(errors, key=lambda e: (e.line, e.column))


@dataclass
class _Group:
    """The rows of one invoice."""

    unit: Unit
    type: DocumentType
    period: date
    number: str
    due_date: date
    notes: str
    line: int
    items: list[Item]


def import_drafts(
    stream: BinaryIO, *, by: User, request: HttpRequest | None = None
) -> list[InvoiceDraft]:
    """One draft per unit, type, period and number; all of the file or, with errors, nothing.

    Raises RowsRefused, and ValidationError for a file that cannot be read as a spreadsheet.
    """
    rows = list(read(stream, COLUMNS, max_rows=MAX_ROWS))
    if not rows:
        raise ValidationError(_("The file has no rows below its header."), code="empty")
    errors = [
        RowError(row.line, error.column, row.texts.get(error.column, ""), error.message)
        for row in rows
        for error in row.errors
    ]
    groups = _groups(rows, errors)
    _refuse_known(groups, errors)
    if errors:
        raise RowsRefused(errors)
    try:
        with transaction.atomic():
            drafts = [_import_one(group, by) for group in groups.values()]
            record("draft.imported", actor=by, request=request, data={"drafts": len(drafts)})
    except IntegrityError:
        # Somebody entered one of these invoices meanwhile: say which.
        _refuse_known(groups, errors)
        if not errors:
            raise
        raise RowsRefused(errors) from None
    return drafts


def _import_one(group: _Group, by: User) -> InvoiceDraft:
    draft = InvoiceDraft.objects.create(
        unit=group.unit, type=group.type, period=group.period, number=group.number,
        due_date=group.due_date, notes=group.notes, created_by=by,
    )  # fmt: skip
    add_items(draft, group.items)
    return draft


def _groups(rows: list[Row], errors: list[RowError]) -> dict[Identity, _Group]:
    """The invoices that the rows without errors make; what is wrong with others goes to ``errors``."""
    units, types = units_by_code(rows), types_by_name()
    groups: dict[Identity, _Group] = {}
    for row in rows:
        unit, type_ = _unit_of(row, units, errors), _type_of(row, types, errors)
        if row.errors or unit is None or type_ is None:
            continue
        values = row.values
        key = (unit.pk, type_.pk, values["periodo"], values["numero"])
        group = groups.setdefault(
            key,
            _Group(
                unit=unit, type=type_, period=values["periodo"], number=values["numero"],
                due_date=values["vencimento"], notes="", line=row.line, items=[],
            ),
        )  # fmt: skip
        _add(group, row, errors)
    return groups


def _add(group: _Group, row: Row, errors: list[RowError]) -> None:
    values = row.values
    if group.due_date != values["vencimento"]:
        message = _("Row %(line)s of the same invoice has another due date.")
        errors.append(_error(row, "vencimento", message % {"line": group.line}))
    if len(group.items) >= MAX_ITEMS:
        message = _("This invoice has more than %(count)s lines.")
        errors.append(_error(row, "numero", message % {"count": MAX_ITEMS}))
    group.items.append(Item(values["descricao"], values["quantidade"], values["preco"]))
    group.notes = group.notes or values["observacoes"]


def _unit_of(row: Row, units: dict[str, Unit], errors: list[RowError]) -> Unit | None:
    if "unidade" not in row.values:
        return None
    unit = units.get(row.values["unidade"].upper())
    if unit is None:
        errors.append(_error(row, "unidade", _("There is no unit with this code.")))
    elif not (unit.is_active and unit.company.is_active):
        errors.append(_error(row, "unidade", _("This unit is not active.")))
    return unit


def _type_of(
    row: Row, types: dict[str, DocumentType], errors: list[RowError]
) -> DocumentType | None:
    if "tipo" not in row.values:
        return None
    invoices = {name: t for name, t in types.items() if t.kind == DocumentType.Kind.INVOICE}
    found = invoices.get(row.values["tipo"].casefold())
    if found is None:
        known = ", ".join(sorted({type_.code for type_ in invoices.values()}))
        message = _("Unknown type; known are: %(types)s.") % {"types": known}
        errors.append(_error(row, "tipo", message))
    return found


def _error(row: Row, column: str, message: str) -> RowError:
    return RowError(row.line, column, row.texts[column], message)


def _refuse_known(groups: dict[Identity, _Group], errors: list[RowError]) -> None:
    """A draft of the same invoice that waits already is not overwritten."""
    drafts = InvoiceDraft.objects.filter(
        status=InvoiceDraft.Status.DRAFT, number__in={group.number for group in groups.values()}
    )
    for identity in drafts.values_list("unit", "type", "period", "number"):
        if group := groups.get(identity):
            message = _("There is already a draft of this invoice.")
            errors.append(RowError(group.line, "numero", group.number, message))
