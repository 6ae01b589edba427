"""Import of orders by a spreadsheet: check, carry out, undo. Orders of older systems come with the
dates and states that they have; nobody is mailed. Whom the portal knows already has them at once.

An order is known by its number; without one, by holder, product and when it was requested. What is
here already is left as it is, so the same file twice changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import FiscalNote, Order, OrderBatch, OrderBatchRow, OrderEvent, Product
from orders.services.matching import company_in_portal, match_order
from orders.services.numbers import hold_series, take_number
from orders.services.order_columns import (
    COLUMNS,
    FIELDS,
    contradictions,
    payment_of,
    values_of,
)
from portal.accounts.models import User
from portal.batches import services, slices
from portal.sheets.columns import Row, key_of
from portal.sheets.reading import read

CHUNK = 200
MAX_ROWS = 20_000
NOT_WORK = ("imported", "found")  # events that the import itself leaves
Outcome = OrderBatchRow.Outcome
Products = dict[str, Product]


def receive(
    file: Any, *, name: str, by: User, request: HttpRequest | None = None
) -> tuple[OrderBatch, bool]:
    """Keep a spreadsheet and have it checked; whether it is new. See ``portal.batches``."""
    batch = OrderBatch(name=name, created_by=by)
    return services.receive(batch, {"file_key": file}, prefix="orders/batches", request=request)


# --- checking


def check_slice(batch: OrderBatch, *, by: User | None) -> None:
    slices.check_slice(batch, lambda seconds: _check(batch, seconds), by=by)


def _check(batch: OrderBatch, seconds: float) -> bool:
    products = _products()
    with slices.open_upload(batch) as stream:

        def lines() -> Any:
            stream.seek(0)
            return read(stream, COLUMNS, max_rows=MAX_ROWS)

        finished = slices.check_lines(
            batch, lines, lambda chunk: _check_chunk(batch, chunk, products), size=CHUNK,
            seconds=seconds,
        )  # fmt: skip
    if finished:
        slices.finish_checking(batch)
    return finished


def _check_chunk(batch: OrderBatch, chunk: list[Row], products: Products) -> None:
    seen = {
        identity: row.line
        for row in batch.rows.exclude(outcome=Outcome.ERROR)
        if (identity := _identity(row.values))
    }
    slices.save_checked(batch, [_checked(batch, line, products, seen) for line in chunk])


def _checked(
    batch: OrderBatch, line: Row, products: Products, seen: dict[str, int]
) -> OrderBatchRow:
    row = OrderBatchRow(batch=batch, line=line.line, values=line.texts, outcome=Outcome.NEW)
    for error in line.errors:
        row.add_error(error.column, error.message)
    values = line.values
    if "produto" in values and key_of(values["produto"]) not in products:
        row.add_error("produto", _("There is no such certificate in the catalogue."))
    for column, message in contradictions(values):
        row.add_error(column, message)
    identity = _identity(line.texts)
    if first := seen.get(identity):
        row.add_error("numero", _("The same order as in row %(line)s.") % {"line": first})
    elif row.outcome == Outcome.NEW:
        seen[identity] = line.line
        if _known(values, products):
            row.outcome = Outcome.KNOWN
    return row


def _identity(texts: dict[str, str]) -> str:
    """What makes two rows of one file the same order."""
    if number := texts.get("numero", "").strip():
        return key_of(number)
    return "/".join(key_of(texts.get(name, "")) for name in ("cpf", "produto", "solicitado_em"))


def _known(values: dict[str, Any], products: Products) -> bool:
    if values.get("numero"):
        return Order.objects.filter(number=values["numero"]).exists()
    return Order.objects.filter(
        holder_cpf=values["cpf"], requested_at=values["solicitado_em"],
        product=products[key_of(values["produto"])],
    ).exists()  # fmt: skip


def _products() -> Products:
    return {key_of(product.name): product for product in Product.objects.all()}


# --- carrying out


def apply_slice(batch: OrderBatch, *, by: User | None) -> None:
    slices.apply_slice(batch, lambda seconds: _apply(batch, by, seconds), by=by)


def _apply(batch: OrderBatch, by: User | None, seconds: float) -> bool:
    products = _products()
    return slices.apply_rows(
        batch, lambda rows: _apply_chunk(batch, rows, products, by), size=CHUNK, seconds=seconds
    )


@transaction.atomic
def _apply_chunk(
    batch: OrderBatch, rows: Sequence[OrderBatchRow], products: Products, by: User | None
) -> None:
    """Rows are locked, and done once, whoever else works at them."""
    left = OrderBatchRow.objects.select_for_update().filter(
        pk__in=[row.pk for row in rows], done_at=None
    )
    todo = list(left.exclude(outcome=Outcome.ERROR).order_by("line"))
    before = {row.pk: row.outcome for row in todo}
    for row in todo:
        if row.outcome == Outcome.NEW:
            _apply_row(row, products, by, timezone.now())
    slices.save_applied(batch, todo, before, fields=["order"])


def _apply_row(row: OrderBatchRow, products: Products, by: User | None, at: datetime) -> None:
    try:
        values = values_of(row.values)
        if not values["numero"]:  # no constraint tells it from the same row of another file
            hold_series()
        if _known(values, products):
            row.outcome = Outcome.KNOWN
            return
        with transaction.atomic():
            row.order = _create(values, products[key_of(values["produto"])], by, at)
    except IntegrityError:  # somebody brought the same number in at this moment
        row.outcome = Outcome.KNOWN
    except (ValidationError, KeyError):  # the catalogue was changed meanwhile
        row.add_error("produto", _("There is no such certificate in the catalogue."))


def _create(values: dict[str, Any], product: Product, by: User | None, at: datetime) -> Order:
    price = values["preco"] if values["preco"] is not None else product.price_cents
    order = Order.objects.create(
        number=values["numero"] or take_number(), product=product, price_cents=price,
        status_since=at, created_by=by, holder_email=values["email"].lower(),
        responsible_email=values["email_responsavel"].lower(),
        company=company_in_portal(values["cnpj"]), **payment_of(values),
        **{field: values[column] for column, field in FIELDS.items()},
    )  # fmt: skip
    OrderEvent.objects.create(order=order, kind="imported", user=by, at=at)
    match_order(order, at=at)
    return order


# --- undoing


def undo_slice(batch: OrderBatch, *, by: User | None) -> None:
    slices.undo_slice(batch, lambda seconds: _undo(batch, by, seconds), by=by)


def _undo(batch: OrderBatch, by: User | None, seconds: float) -> bool:
    """Delete the orders on which nobody has worked; the others stay, and are counted."""
    finished = slices.undo_rows(batch, _undo_chunk, size=CHUNK, seconds=seconds)
    if finished:
        kept = batch.rows.filter(order__isnull=False).count()
        slices.finish_undoing(batch, kept=kept, by=by)
    return finished


def _undo_chunk(rows: Sequence[OrderBatchRow]) -> None:
    keys = [row.order_id for row in rows if row.order_id]
    orders = Order.objects.select_for_update(of=("self",)).filter(pk__in=keys, charge=None)
    touched = OrderEvent.objects.filter(order__in=keys).exclude(kind__in=NOT_WORK)
    notes = FiscalNote.objects.filter(order__in=keys)
    untouched = orders.exclude(pk__in=touched.values("order")).exclude(pk__in=notes.values("order"))
    for order in untouched.order_by("pk"):
        order.delete()
