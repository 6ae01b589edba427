"""Checks a batch: looks at every row and stages its file; nothing is published yet."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.models import Batch, BatchRow, DocumentType
from invoices.services.batch_sources import Source, stored_source
from invoices.services.document_spec import PDF, content_type_of, digest
from invoices.services.document_versions import known_versions, outcome_of
from invoices.services.manifest import COLUMNS, build_row, spec_of, types_by_name, units_by_code
from invoices.services.signed_documents import STAGED
from portal.accounts.models import User
from portal.batches import slices
from portal.files.checks import check_pdfs
from portal.files.services import claim, delete, reserve, safe_name, store
from portal.sheets.columns import Row
from portal.sheets.reading import read

CHUNK = 100
_LISTED_WARNINGS = 50
Progress = Callable[[Batch], None]


def check_slice(batch: Batch, *, by: User | None) -> None:
    """Check the next rows of an uploaded batch; refuse it when its manifest is of no use."""

    def check_for(seconds: float) -> bool:
        with stored_source(batch) as source:
            return check(batch, source, seconds=seconds)

    slices.check_slice(batch, check_for, by=by)


def check(
    batch: Batch, source: Source, *, seconds: float, progress: Progress | None = None
) -> bool:
    """Check rows for about ``seconds``; True when all are done and the batch is CHECKED.

    Raises ValidationError when the manifest as a whole is of no use, and Stopped.
    """
    types = types_by_name()
    finished = slices.check_lines(
        batch,
        lambda: read(source.manifest(), COLUMNS),
        lambda chunk: _check_chunk(batch, chunk, source, types),
        size=CHUNK, seconds=seconds, progress=progress,
    )  # fmt: skip
    if finished:
        spare = source.spare(batch.rows.values_list("file_name", flat=True).iterator(2000))
        counts = {**batch.counts, "spare": len(spare)}
        slices.finish_checking(batch, counts=counts, warnings=spare[:_LISTED_WARNINGS])
    return finished


def _check_chunk(
    batch: Batch, chunk: list[Row], source: Source, types: dict[str, DocumentType]
) -> None:
    units = units_by_code(chunk)
    rows = [build_row(batch, line, units, types) for line in chunk]
    named = _check_files(batch, rows, source)
    _decide_outcomes(batch, rows)
    staged = [row for row in named if row.outcome in BatchRow.TO_APPLY]
    keys = reserve([safe_name(row.file_name) for row in staged], prefix=STAGED)
    contents = source.read_each(row.file_name for row in staged)
    try:
        for row, data, key in zip(staged, contents, keys, strict=True):
            if isinstance(data, ValidationError):  # it was whole when it was checked
                raise data
            row.file_key = store(data, prefix=STAGED, name=row.file_name, key=key).key
        with transaction.atomic():
            slices.save_checked(batch, rows)
            claim(*(row.file_key for row in rows if row.file_key))
    except slices.Stopped:
        for key in keys:
            delete(key)
        raise


def _check_files(batch: Batch, rows: list[BatchRow], source: Source) -> list[BatchRow]:
    """Check and hash every row's file, and mark repeated rows; the rows whose file is there."""
    named: list[BatchRow] = []
    for row in rows:
        asked = row.values["arquivo"]
        row.file_name = (source.resolve(asked) or asked)[:255]
        if not asked:
            continue  # the sheet's own error
        if not source.resolve(asked):
            row.add_error("arquivo", _("This file is not there."))
        else:
            named.append(row)
    for row, error in check_pdfs(_pdfs(named, source)):
        row.add_error("arquivo", " ".join(error.messages))
    _mark_repeated(batch, rows)
    return named


def _pdfs(rows: list[BatchRow], source: Source) -> Iterator[tuple[BatchRow, bytes]]:
    """The rows whose file is a PDF; what is wrong with another file is noted on its row."""
    contents = source.read_each(row.file_name for row in rows)
    for row, data in zip(rows, contents, strict=True):
        try:
            if isinstance(data, ValidationError):
                raise data
            row.sha256, row.size = digest(data), len(data)
            content_type = content_type_of(data, row.file_name)
        except ValidationError as error:
            row.add_error("arquivo", " ".join(error.messages))
        else:
            if content_type == PDF:
                yield row, data


def _mark_repeated(batch: Batch, rows: list[BatchRow]) -> None:
    """A row that asks for the same document, or names the same file, as an earlier one is an error."""
    documents, files, contents = _earlier_rows(batch, rows)
    for row in rows:
        identity = (row.unit_id, row.type_id, row.period, row.number)
        if None not in identity and row.number:
            _refuse_repeated(
                documents, identity, row, "numero", _("The same document as in row %(line)s.")
            )
        if row.values["arquivo"]:
            _refuse_repeated(
                files, row.file_name, row, "arquivo", _("The same file as in row %(line)s.")
            )
        if row.sha256 and row.type and row.type.kind == DocumentType.Kind.INVOICE:
            _refuse_repeated(
                contents, row.sha256, row, "arquivo", _("The same content as in row %(line)s.")
            )


def _refuse_repeated(
    seen: dict[Any, int], key: Any, row: BatchRow, column: str, message: str
) -> None:
    """Add an error to ``row`` when ``seen`` has ``key`` from an earlier line."""
    line = seen.setdefault(key, row.line)
    if line != row.line and not any(e["column"] == column for e in row.errors):
        row.add_error(column, message % {"line": line})


def _earlier_rows(
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
