"""Checking a batch: every row looked at, its file staged, nothing published yet.

It goes chunk by chunk, each committed with its files, and picks up after the last line that is
there: it may be killed anywhere.
"""

import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.models import Batch, BatchRow, DocumentType
from invoices.services import manifest
from invoices.services.batch_sources import Source
from invoices.services.document_spec import check_source, digest
from invoices.services.document_versions import known_versions, outcome_of
from invoices.services.manifest_rows import (
    add_error,
    build_row,
    spec_of,
    types_by_name,
    units_by_code,
)
from invoices.services.signed_documents import STAGED
from portal.files.services import claim, delete, delete_later, reserve, safe_name, store
from portal.transitions import IllegalTransition, advance

CHUNK = 100
_LISTED_WARNINGS = 50
Progress = Callable[[Batch], None]


class Stopped(Exception):
    """Somebody else discarded the batch, or checks it too."""


def check(
    batch: Batch, source: Source, *, seconds: float, progress: Progress | None = None
) -> bool:
    """Check rows for about ``seconds``; True when all are done and the batch is CHECKED.

    Raises ValidationError when the manifest as a whole is of no use, and Stopped.
    """
    end = time.monotonic() + seconds
    if not batch.total:
        batch.total = sum(1 for _row in manifest.read(source.manifest()))
        if not batch.total:
            raise ValidationError(_("The manifest has no rows."), code="empty")
        Batch.objects.filter(pk=batch.pk).update(total=batch.total)
    last = batch.rows.aggregate(last=Max("line"))["last"] or 0
    rows = (row for row in manifest.read(source.manifest()) if row.line > last)
    types = types_by_name()
    for chunk in _chunks(rows):
        _check_chunk(batch, chunk, source, types)
        if progress:
            progress(batch)
        if time.monotonic() > end:
            return False
    _finish(batch, source)
    return True


def refuse(batch: Batch, message: str) -> None:
    """Nothing of this batch can be used; say why and let go of its files."""
    with transaction.atomic():
        advance(batch, to=Batch.Status.REFUSED, problem=message, checked_at=timezone.now())
        _let_go(batch)


def _chunks(rows: Iterator[manifest.ManifestRow]) -> Iterator[list[manifest.ManifestRow]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _check_chunk(
    batch: Batch, chunk: list[manifest.ManifestRow], source: Source, types: dict[str, DocumentType]
) -> None:
    units = units_by_code(chunk)
    rows = [build_row(batch, said, units, types) for said in chunk]
    contents = _look_at_files(batch, rows, source)
    _decide_outcomes(batch, rows)
    staged = [(r, d) for r, d in contents if r.outcome in BatchRow.TO_PUBLISH]
    keys = reserve([safe_name(row.file_name) for row, _data in staged], prefix=STAGED)
    try:
        for (row, data), key in zip(staged, keys, strict=True):
            row.file_key = store(data(), prefix=STAGED, name=row.file_name, key=key).key
        _save(batch, rows)
    except Stopped:
        for key in keys:
            delete(key)
        raise


def _look_at_files(
    batch: Batch, rows: list[BatchRow], source: Source
) -> list[tuple[BatchRow, Callable[[], bytes]]]:
    """Every row's file read once, checked and hashed; rows that repeat another marked."""
    found: list[tuple[BatchRow, Callable[[], bytes]]] = []
    for row in rows:
        asked = row.values["arquivo"]
        row.file_name = (source.resolve(asked) or asked)[:255]
        if not asked:
            add_error(row, "arquivo", _("Name the file."))
        elif not source.resolve(asked):
            add_error(row, "arquivo", _("This file is not there."))
        else:
            _look_at(row, source)
            found.append((row, lambda name=row.file_name: source.read(name)))  # type: ignore[misc]
    _mark_repeated(batch, rows)
    return found


def _look_at(row: BatchRow, source: Source) -> None:
    try:
        data = source.read(row.file_name)
        row.sha256, row.size = digest(data), len(data)
        check_source(data, row.file_name)
    except ValidationError as error:
        add_error(row, "arquivo", " ".join(error.messages))


def _mark_repeated(batch: Batch, rows: list[BatchRow]) -> None:
    """A row that asks for the same document, or names the same file, as an earlier one is an error."""
    documents, files, contents = _earlier(batch, rows)
    for row in rows:
        identity = (row.unit_id, row.type_id, row.period, row.number)
        if None not in identity and row.number:
            _first(documents, identity, row, "numero", _("The same document as in row %(line)s."))
        if row.values["arquivo"]:
            _first(files, row.file_name, row, "arquivo", _("The same file as in row %(line)s."))
        if row.sha256 and row.type and row.type.kind == DocumentType.Kind.INVOICE:
            _first(contents, row.sha256, row, "arquivo", _("The same content as in row %(line)s."))


def _first(seen: dict[Any, int], key: Any, row: BatchRow, column: str, message: str) -> None:
    line = seen.setdefault(key, row.line)
    if line != row.line and not any(e["column"] == column for e in row.errors):
        add_error(row, column, message % {"line": line})


def _earlier(
    batch: Batch, rows: list[BatchRow]
) -> tuple[dict[Any, int], dict[Any, int], dict[Any, int]]:
    before = BatchRow.objects.filter(batch=batch)
    documents = before.filter(number__in={r.number for r in rows}, type__isnull=False)
    files = before.filter(file_name__in={r.file_name for r in rows})
    contents = before.filter(sha256__in={r.sha256 for r in rows if r.sha256}).filter(
        type__kind=DocumentType.Kind.INVOICE
    )
    return (
        {(u, t, p, n): line for u, t, p, n, line in
         documents.values_list("unit", "type", "period", "number", "line").order_by("-line")},
        dict(files.order_by("-line").values_list("file_name", "line")),
        dict(contents.order_by("-line").values_list("sha256", "line")),
    )  # fmt: skip


def _decide_outcomes(batch: Batch, rows: list[BatchRow]) -> None:
    """New, replaces or unchanged, by what is published now."""
    sound = [row for row in rows if row.outcome != BatchRow.Outcome.ERROR]
    at = batch.publish_as_of or timezone.now()
    specs = {row.line: spec_of(row, by=None, at=at) for row in sound}
    known = known_versions(spec.identity for spec in specs.values())
    for row in sound:
        spec = specs[row.line]
        mine = known.get(spec.identity)
        row.outcome = BatchRow.Outcome(outcome_of(spec, mine))
        if mine and mine.published:
            row.current, row.current_version = mine.published.pk, mine.published.version


@transaction.atomic
def _save(batch: Batch, rows: list[BatchRow]) -> None:
    current = Batch.objects.select_for_update().get(pk=batch.pk)
    taken = BatchRow.objects.filter(batch=batch, line__gte=rows[0].line).exists()
    if current.status != Batch.Status.CHECKING or taken:
        raise Stopped
    BatchRow.objects.bulk_create(rows)
    claim(*(row.file_key for row in rows if row.file_key))
    for row in rows:
        current.counts[row.outcome] = current.counts.get(row.outcome, 0) + 1
    current.done += len(rows)
    current.save(update_fields=["counts", "done"])
    batch.counts, batch.done = current.counts, current.done


def _finish(batch: Batch, source: Source) -> None:
    used = batch.rows.values_list("file_name", flat=True)
    spare = source.spare(used.iterator(chunk_size=2000))
    counts = {**batch.counts, "spare": len(spare)}
    with transaction.atomic():
        advance(
            batch, to=Batch.Status.CHECKED, checked_at=timezone.now(), counts=counts,
            warnings=spare[:_LISTED_WARNINGS],
        )  # fmt: skip
        _let_go(batch)


def _let_go(batch: Batch) -> None:
    delete_later(batch.file_key, batch.manifest_key)
    batch.file_key = batch.manifest_key = ""
    batch.save(update_fields=["file_key", "manifest_key"])


def begin(batch: Batch) -> bool:
    """Take up the check; False when there is nothing (more) to check."""
    if batch.status == Batch.Status.UPLOADED:
        try:
            advance(batch, to=Batch.Status.CHECKING)
        except IllegalTransition:
            batch.refresh_from_db()
    return batch.status == Batch.Status.CHECKING
