"""The papers of the demonstration: invoices, reports and spreadsheets of invented services.

Everything follows from the unit, the type and the month: the same demonstration every time.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from multiprocessing import get_context
from random import Random
from typing import Any

from django.db import connections, transaction
from django.db.models import prefetch_related_objects

from invoices.generation import render_invoice
from invoices.models import DocumentType, InvoiceDraft
from invoices.services.drafts import Item, add_items
from portal.accounts.models import Unit
from portal.periods import format_period
from portal.provider.services import current_provider
from portal.sheets.columns import Column, Kind
from portal.sheets.writing import write_csv, write_xlsx

# Description, monthly price of a post in cents.
POSTS = [
    ("Posto de limpeza e conservação, 44 h", 412_350),
    ("Posto de portaria, 12x36 diurno", 538_790),
    ("Posto de portaria, 12x36 noturno", 612_480),
    ("Posto de recepção, 40 h", 447_215),
    ("Posto de copeiragem, 44 h", 421_930),
    ("Posto de apoio administrativo, 40 h", 489_660),
    ("Posto de motorista, 44 h", 573_140),
    ("Posto de jardinagem, 44 h", 436_020),
    ("Posto de manutenção predial, 44 h", 598_375),
    ("Posto de telefonista, 30 h", 365_840),
]
EXTRAS = [
    ("Horas extras autorizadas", 3_815),
    ("Adicional noturno", 1_240),
    ("Material de limpeza", 92_400),
    ("Reposição de uniforme", 18_950),
]
WORKERS = ["Manhã", "Tarde", "Noite", "Folguista"]


@dataclass(frozen=True)
class Paper:
    """One file to publish, and its row in the manifest."""

    unit: Unit
    type: DocumentType
    period: date
    number: str
    due: date
    name: str
    make: Callable[[], bytes]
    amount_cents: int | None


Press = Callable[[Iterable[Paper]], Iterator[bytes]]


def make(paper: Paper) -> bytes:
    """What stands in the file. Asks no database, so that any process can do it."""
    return paper.make()


@contextmanager
def press(processes: int) -> Iterator[Press]:
    """Makes papers' contents, in their order; most of the demonstration's time goes there."""
    if processes == 1:
        yield partial(map, make)
        return
    connections.close_all()  # or each process would hold our connection, too
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        yield partial(pool.map, make)


def random_for(*parts: object) -> Random:
    """Chance that falls alike every time."""
    return Random("/".join(str(part) for part in parts))  # noqa: S311 - for show


def printed(
    unit: Unit, kind: DocumentType, period: date, number: str, due: date, *, without: int = 0
) -> Paper:
    """A PDF made as every invoice of the portal is; ``without`` its first so many lines."""
    values = {"unit": unit, "type": kind, "period": period, "number": number, "due_date": due}
    notes = f"Serviços prestados em {format_period(period)}, conforme contrato {unit.code}/2024."
    with transaction.atomic():
        draft = InvoiceDraft.objects.create(**values, notes=notes)
        add_items(draft, _items(unit, kind, period)[without:])
        draft.created_at = datetime(due.year, due.month, 1, 12, tzinfo=UTC)
        prefetch_related_objects([draft], "unit__company", "items")
        transaction.set_rollback(True)  # only its paper is wanted
    amount = draft.total_cents if kind.kind == DocumentType.Kind.INVOICE else None
    content = partial(render_invoice, draft, current_provider())
    return Paper(unit, kind, period, number, due, f"{kind.code}-{number}.pdf", content, amount)


def table(unit: Unit, kind: DocumentType, period: date, number: str, due: date) -> Paper:
    """A report as a spreadsheet: XLSX, or CSV where the unit asked for that."""
    write = _csv if unit.code.endswith(("2", "4")) else _xlsx
    extension = "csv" if write is _csv else "xlsx"
    content = partial(write, _staff_table(unit, period))
    return Paper(
        unit, kind, period, number, due, f"{kind.code}-{number}.{extension}", content, None
    )


Maker = Callable[[Unit, DocumentType, date, str, date], Paper]


def _items(unit: Unit, kind: DocumentType, period: date) -> list[Item]:
    chance = random_for(unit.code, kind.code, period)
    if kind.code == "relatorio-analitico":
        return [
            Item(
                f"{post} – turno {shift}, quinzena {half}", 1000 * chance.randint(1, 4), price // 5
            )
            for post, price in POSTS
            for shift in WORKERS[:3]
            for half in (1, 2)
        ]
    if kind.code == "fatura-servicos":
        posts = POSTS[: 4 + int(unit.code[-1])]
        lines = [Item(text, 1000 * chance.randint(1, 6), price) for text, price in posts]
        return lines + [Item(text, 500 * chance.randint(2, 40), p) for text, p in EXTRAS[:2]]
    return [Item(text, 1000 * chance.randint(1, 9), price) for text, price in EXTRAS[1:]]


_STAFF_TABLE = (
    Column("Unidade", width=12), Column("Competência", kind=Kind.MONTH, width=14),
    Column("Posto", width=44), Column("Turno", width=14), Column("Dias", kind=Kind.INTEGER),
    Column("Faltas", kind=Kind.INTEGER),
)  # fmt: skip


def _staff_table(unit: Unit, period: date) -> list[list[Any]]:
    chance = random_for(unit.code, "postos", period)
    return [
        [unit.code, period, post, shift, 22, chance.choice([0, 0, 0, 1, 2])]
        for post, _price in POSTS[: 4 + int(unit.code[-1])]
        for shift in WORKERS
    ]


def _csv(rows: list[list[Any]]) -> bytes:
    return b"".join(write_csv(_STAFF_TABLE, rows))


def _xlsx(rows: list[list[Any]]) -> bytes:
    output = io.BytesIO()
    write_xlsx(_STAFF_TABLE, rows, output, title="Postos")
    return output.getvalue()
