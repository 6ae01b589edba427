"""Checks what was handed in: reads every XML, says what would come of it. Nothing is imported yet."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from orders.models import FiscalNote, NoteBatch, NoteEvent, NoteRow
from orders.nfse import reading
from orders.nfse.content import ReadEvent, ReadNote
from orders.nfse.xml import MAX_BYTES
from orders.services.note_proposals import propose
from portal import sandbox
from portal.accounts.models import User
from portal.batches import services as batches
from portal.batches import slices
from portal.files.checks import list_zip, read_members
from portal.files.services import claim, delete, reserve, safe_name, store
from portal.sandbox import Limits

PREFIX = "orders/notes"
MAX_FILES = 2_000
MAX_TOTAL = 64 * 1024**2
CHUNK = 50
LIMITS = Limits(memory=512 * 1024**2, cpu_seconds=20, wall_seconds=60, wait_seconds=60)
_EPOCH = (1980, 1, 1, 0, 0, 0)
Outcome = NoteRow.Outcome


@dataclass(frozen=True)
class Line:
    """A note or an event, or a file that could not be read; ``line`` counts them."""

    line: int
    file: str
    read: ReadNote | ReadEvent | None
    error: str = ""


def receive(
    files: Sequence[File[Any]], *, name: str, by: User | None, request: HttpRequest | None = None
) -> tuple[NoteBatch, bool]:
    """Keep a zip, or XML files as one, and have them checked in the background.

    Returns the batch and whether it is new: the same files again give the batch under way.
    """
    batch = NoteBatch(name=name[:120], created_by=by)
    one_zip = len(files) == 1 and not _is_xml(files[0])
    upload: Any = files[0] if one_zip else _packed(files)
    return batches.receive(batch, {"file_key": upload}, prefix=PREFIX, request=request)


def _is_xml(file: File[Any]) -> bool:
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    return not start.startswith(b"PK")


def _packed(files: Sequence[File[Any]]) -> BinaryIO:
    """The files as a zip; the same files give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, file in enumerate(files, start=1):
            file.seek(0)
            info = zipfile.ZipInfo(f"{place:04}-{safe_name(str(file.name))}", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, file.read())
    made.seek(0)
    return made


def check_slice(batch: NoteBatch, *, by: User | None) -> None:
    """Check the next lines of a batch; refuse it when nothing of it can be read."""

    def check_for(seconds: float) -> bool:
        with slices.open_upload(batch) as file:
            lines = list(lines_in(file))
        finished = slices.check_lines(
            batch, lambda: iter(lines), lambda chunk: _check_chunk(batch, chunk),
            size=CHUNK, seconds=seconds,
        )  # fmt: skip
        if finished:
            slices.finish_checking(batch)
        return finished

    slices.check_slice(batch, check_for, by=by)


def lines_in(file: BinaryIO) -> Iterator[Line]:
    """What a zip holds: notes first, so that the events of the same zip find theirs."""
    members = list_zip(file, max_members=MAX_FILES, max_total=MAX_TOTAL)
    members = [m for m in members if m.name.lower().endswith(".xml") and m.size <= MAX_BYTES]
    names = [member.name for member in members]
    found = _read_all(names, read_members(file, members))
    order = {ReadNote: 0, ReadEvent: 1, type(None): 2}
    found.sort(key=lambda item: order[type(item[1])])
    for number, (name, read, error) in enumerate(found, start=1):
        yield Line(number, name, read, error)


def _read_all(
    names: list[str], contents: Iterator[bytes | None]
) -> list[tuple[str, ReadNote | ReadEvent | None, str]]:
    found: list[tuple[str, ReadNote | ReadEvent | None, str]] = []
    group: list[tuple[str, bytes]] = []
    for name, data in zip(names, contents, strict=True):
        if data is None:
            found.append((name, None, _("This file is damaged in the zip.")))
            continue
        group.append((name, data))
        if sum(len(data) for _name, data in group) > MAX_BYTES or len(group) >= CHUNK:
            found += _read_group(group)
            group = []
    return found + _read_group(group)


def _read_group(
    group: list[tuple[str, bytes]],
) -> list[tuple[str, ReadNote | ReadEvent | None, str]]:
    """Read in one child; one file that spoils it for the others is read alone."""
    if not group:
        return []
    try:
        results = sandbox.run(reading.read_files, [data for _name, data in group], limits=LIMITS)
    except sandbox.Busy:
        raise
    except ValidationError as error:
        if len(group) == 1:
            return [(group[0][0], None, " ".join(error.messages))]
        return [item for one in group for item in _read_group([one])]
    found: list[tuple[str, ReadNote | ReadEvent | None, str]] = []
    for (name, _data), read in zip(group, results, strict=True):
        found += [(name, note, "") for note in read.notes]
        found += [(name, event, "") for event in read.events]
        if read.error:
            found.append((name, None, read.error))
    return found


def _check_chunk(batch: NoteBatch, lines: list[Line]) -> None:
    seen = dict(batch.rows.exclude(identity="").values_list("identity", "line"))
    taken = set(batch.rows.filter(order__isnull=False).values_list("order", flat=True))
    rows = []
    for line in lines:
        row = _row(batch, line, seen, taken)
        rows.append(row)
        if row.identity:
            seen.setdefault(row.identity, row.line)
        if row.order_id:
            taken.add(row.order_id)
    _stage(batch, lines, rows)


def _stage(batch: NoteBatch, lines: list[Line], rows: list[NoteRow]) -> None:
    """Keep the XML of each note and event that may be imported, and save the rows."""
    kept = [(row, line.read.xml) for row, line in zip(rows, lines, strict=True)
            if row.outcome in NoteRow.TO_APPLY and line.read]  # fmt: skip
    keys = reserve(["nota.xml"] * len(kept), prefix=PREFIX)
    try:
        for (row, xml), key in zip(kept, keys, strict=True):
            row.file_key = store(xml, prefix=PREFIX, name="nota.xml", key=key).key
        with transaction.atomic():
            slices.save_checked(batch, rows)
            claim(*keys)
    except slices.Stopped:
        for key in keys:
            delete(key)
        raise


def _row(batch: NoteBatch, line: Line, seen: dict[str, int], taken: set[int]) -> NoteRow:
    row = NoteRow(batch=batch, line=line.line, values={"file": line.file[-200:]})
    if line.read is None:
        row.add_error("file", line.error)
    elif isinstance(line.read, ReadNote):
        _judge_note(row, line.read, seen, taken)
    else:
        _judge_event(row, line.read, seen)
    return row


def _judge_note(row: NoteRow, read: ReadNote, seen: dict[str, int], taken: set[int]) -> None:
    row.identity, row.values = read.identity, {**row.values, **values_of(read)}
    if read.identity in seen or FiscalNote.objects.filter(identity=read.identity).exists():
        row.outcome = Outcome.KNOWN
        return
    try:
        proposal = propose(row.values, read.orders, read.rps_number, taken=taken)
    except ValidationError as error:
        row.add_error("taker", " ".join(error.messages))
        return
    row.outcome, row.order, row.remark = proposal.outcome, proposal.order, proposal.remark[:300]


def _judge_event(row: NoteRow, read: ReadEvent, seen: dict[str, int]) -> None:
    row.identity = read.identity
    row.values |= {
        "event": True, "note_identity": read.note, "code": read.code, "at": read.at.isoformat(),
        "reason": read.reason[:300], "other": read.other[:60], **_digest(read.xml),
    }  # fmt: skip
    if read.identity in seen or NoteEvent.objects.filter(identity=read.identity).exists():
        row.outcome = Outcome.KNOWN
    elif read.note in seen or FiscalNote.objects.filter(identity=read.note).exists():
        row.outcome = Outcome.EVENT
    else:
        row.outcome = Outcome.WAITS


def values_of(read: ReadNote) -> dict[str, Any]:
    """The fields of the ``FiscalNote`` that would be made, as JSON."""
    fields = asdict(read)
    provider, taker = fields.pop("provider"), fields.pop("taker")
    for name in ("orders", "rps_number", "identity"):
        fields.pop(name)
    xml: bytes = fields.pop("xml")
    plain = {name: _plain(value) for name, value in fields.items()}
    return {
        **plain, "number": read.number[:20], "version": read.version[:8],
        "verification_code": read.verification_code[:40], "city": read.city[:7],
        "service_code": read.service_code[:20], "replaces": read.replaces[:60],
        "provider_name": provider["name"][:300], "provider_tax_id": provider["tax_id"],
        "taker_name": taker["name"][:300], "taker_tax_id": taker["tax_id"],
        **_digest(xml),
    }  # fmt: skip


def _digest(xml: bytes) -> dict[str, Any]:
    return {"size": len(xml), "sha256": hashlib.sha256(xml).hexdigest()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
