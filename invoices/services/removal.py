"""Removes documents past their end: first the bytes, then the row; a tombstone stays.

A document past its end is invisible already (``DocumentQuerySet.fetchable``) and cannot be held
any more, so nobody waits for this and nothing hurries it. Each chunk is one transaction: its rows
are locked (a second worker skips them), and their files are deleted while the database writes
tombstones; audit and the removal of the rows follow. After a kill at any step the rows are still
there and point to bytes that nobody is served. The next run deletes those again, at no cost. A
file without a row cannot come about.
"""

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from django.db import connection, models, transaction
from django.db.models import DateTimeField, F, Min, OuterRef, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from invoices.models import Document, DocumentEvent, PurgeRun, Tombstone
from portal.accounts.models import Unit
from portal.audit.services import NewEvent, record_many
from portal.files.services import delete

logger = logging.getLogger(__name__)

CHUNK = 2000
# A store answers in a fraction of a millisecond (disk) or in many (remote): asked one by one, it
# would keep the chunk's locks for long, and the database idle.
_THREADS = 8
_SLICE = 50
# What a tombstone takes over as it is.
_SAME = (
    "unit", "period", "number", "version", "status", "sha256", "size", "verification_code",
    "signed_by", "signed_at", "signed_by_demo", "published_at", "published_by", "available_until",
    "amount_cents", "due_date", "release", "release_at", "release_by", "release_reason",
    "legal_hold_reason",
)  # fmt: skip


class EndedDocument(NamedTuple):
    """What the removal needs to know of a document."""

    pk: int
    unit: int
    sha256: str
    size: int
    file_key: str
    signature_key: str


def expire(
    *,
    as_of: datetime,
    chunk: int = CHUNK,
    on_chunk: Callable[[PurgeRun], None] | None = None,
) -> PurgeRun:
    """Remove every document whose end is not after ``as_of`` and that is not held.

    Memory does not grow with their number. A document whose file the store refuses to delete
    stays (invisible), counts as a failure and is tried again by the next run. The run is saved
    only if there was something to do. Raises ValueError when ``as_of`` lies in the future:
    nothing is removed before its time.
    """
    now = timezone.now()
    if as_of > now:
        raise ValueError("as_of lies in the future")
    run = PurgeRun(started_at=now, touched_at=now, as_of=as_of)
    with ThreadPoolExecutor(_THREADS) as pool:
        for end in _end_instants(as_of):
            last = 0
            while last := _remove_chunk(run, pool, end, last, chunk):
                if on_chunk:
                    on_chunk(run)
    if run.pk:
        run.finished_at = run.touched_at = timezone.now()
        run.save()
    return run


def _end_instants(as_of: datetime) -> Iterator[datetime]:
    """The instants at which waiting documents ended, oldest first; an index seek each."""
    waiting = Document.objects.expired(at=as_of).order_by("expires_at")
    ends = waiting.values_list("expires_at", flat=True)
    end = ends.first()
    while end is not None:
        yield end
        end = ends.filter(expires_at__gt=end).first()


def _remove_chunk(
    run: PurgeRun, pool: ThreadPoolExecutor, end: datetime, after: int, size: int
) -> int:
    """Remove the next documents that ended at ``end``, by key; the last key, or 0 if none."""
    with transaction.atomic():
        documents = _lock(end, after, size)
        if not documents:
            return 0
        run.touched_at = timezone.now()
        run.save()
        deletions = _start_deleting_files(pool, documents)
        point = transaction.savepoint()
        try:
            _replace_with_tombstones(run, documents)
        finally:
            refusals = {pk: why for part in deletions for pk, why in part.result().items()}
        gone = [d for d in documents if d.pk not in refusals]
        if refusals:
            transaction.savepoint_rollback(point)
            if gone:
                _replace_with_tombstones(run, gone)
        _add_to_report(run, gone, refusals)
    return documents[-1].pk


def _lock(end: datetime, after: int, size: int) -> list[EndedDocument]:
    """The next documents that no other worker has taken, locked until the transaction ends."""
    rows = (
        Document.objects.expired(at=end)
        .filter(expires_at=end, pk__gt=after)
        .order_by("pk")
        .select_for_update(skip_locked=True)
        .values_list(*EndedDocument._fields)
    )
    return [EndedDocument(*row) for row in rows[:size]]


def _start_deleting_files(
    pool: ThreadPoolExecutor, documents: Sequence[EndedDocument]
) -> list[Future[dict[int, str]]]:
    slices = (documents[i : i + _SLICE] for i in range(0, len(documents), _SLICE))
    return [pool.submit(_delete_files, part) for part in slices]


def _delete_files(documents: Sequence[EndedDocument]) -> dict[int, str]:
    """Delete files and detached signatures, which may be gone already; why not, by document."""
    refusals = {}
    for document in documents:
        try:
            delete(document.file_key)
            delete(document.signature_key)
        except Exception as error:  # each store has errors of its own
            logger.exception("The store refused to delete the file of document %s", document.pk)
            refusals[document.pk] = f"{document.pk}: {type(error).__name__}: {error}"[:500]
    return refusals


def _replace_with_tombstones(run: PurgeRun, documents: Sequence[EndedDocument]) -> None:
    """Put tombstones in the place of rows; the store deletes meanwhile, and a refusal undoes it."""
    keys = _key_subquery([d.pk for d in documents])
    _insert_tombstones(run, keys)
    _delete_rows(keys)
    if connection.vendor == "postgresql":
        # Else it looks for what refers to the rows only at the commit, when nothing else is done.
        connection.check_constraints()


def _key_subquery(keys: Sequence[int]) -> RawSQL:
    """For ``__in``: all keys as one parameter, where thousands cost more than the work itself."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(keys)])


def _insert_tombstones(run: PurgeRun, keys: RawSQL) -> None:
    """One INSERT … SELECT: the rows never leave the database."""
    seen = (
        DocumentEvent.objects.filter(document=OuterRef("pk"), kind__in=DocumentEvent.CLIENT_KINDS)
        .order_by()
        .values("document")
        .annotate(first=Min("at"))
        .values("first")
    )
    contest = DocumentEvent.objects.filter(
        document=OuterRef("pk"), kind=DocumentEvent.Kind.CONTESTED
    ).order_by("-pk")
    removed_at = Value(run.touched_at, output_field=DateTimeField())
    source = {
        **{name: F(name) for name in _SAME},
        "document_pk": F("pk"), "type_name": F("type__name"), "kind": F("type__kind"),
        "first_seen_at": Subquery(seen),
        "contested_at": Subquery(contest.values("at")[:1]),
        "contested_by": Subquery(contest.values("user")[:1]),
        "contest_reason": Coalesce(Subquery(contest.values("note")[:1]), Value("")),
        "removed_at": removed_at, "run": Value(run.pk),
    }  # fmt: skip
    select = Document.objects.filter(pk__in=keys).values_list(*source.values())
    sql, parameters = select.query.get_compiler(connection=connection).as_sql()
    by_name = {field.name: str(field.column) for field in Tombstone._meta.concrete_fields}
    columns = ", ".join(connection.ops.quote_name(by_name[name]) for name in source)
    table = connection.ops.quote_name(Tombstone._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) {sql}", parameters)


def _delete_rows(keys: RawSQL) -> None:
    """Do what each relation's ``on_delete`` says, in one statement for the whole chunk."""
    for relation in Document._meta.related_objects:
        rows = relation.field.model._base_manager.filter(**{f"{relation.field.name}__in": keys})
        if relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.name: None})
        elif relation.on_delete is models.CASCADE:
            rows.delete()
    remaining = Document.objects.filter(pk__in=keys)
    remaining._raw_delete(remaining.db)


def _add_to_report(run: PurgeRun, gone: Sequence[EndedDocument], refusals: dict[int, str]) -> None:
    run.removed += len(gone)
    run.bytes_freed += sum(d.size for d in gone)
    run.failures += len(refusals)
    run.error = next(reversed(refusals.values()), run.error)
    run.save()
    record_many(_audit_events(run, gone))


def _audit_events(run: PurgeRun, documents: Sequence[EndedDocument]) -> list[NewEvent]:
    """One per company; its digest binds the keys and hashes of all that were removed."""
    units = Unit.objects.filter(pk__in={d.unit for d in documents})
    companies = dict(units.values_list("pk", "company_id"))
    removed = defaultdict(list)
    for document in documents:
        removed[companies[document.unit]].append(document)
    return [
        NewEvent(
            "documents.removed", target=run, company=company,
            data={
                "documents": len(theirs), "first": theirs[0].pk, "last": theirs[-1].pk,
                "bytes": sum(d.size for d in theirs),
                "sha256": removal_digest((d.pk, d.sha256) for d in theirs),
            },
        )
        for company, theirs in removed.items()
    ]  # fmt: skip


def removal_digest(removed: Iterable[tuple[int, str]]) -> str:
    """SHA-256 over one line ``key sha256`` per document, in order of keys."""
    lines = "".join(f"{pk} {sha256}\n" for pk, sha256 in removed)
    return hashlib.sha256(lines.encode()).hexdigest()
