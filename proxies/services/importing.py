"""Import of accesses by a spreadsheet: read and checked at once, carried out, undone.

The file is read in the request and kept nowhere; the secrets of rows that are to be registered
are sealed before the first row is written. What is here already is left as it is, so the same file
twice changes nothing.
"""

import io
import json
import traceback
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from portal.accounts.models import Company, User
from portal.audit.services import record
from portal.batches import services, slices
from portal.batches.models import DISCARDABLE, OPEN, BatchStatus
from portal.sheets.columns import Row, key_of
from portal.sheets.reading import read
from portal.transitions import IllegalTransition, advance
from portal.vault.services import Tampered, mac, open_sealed, seal
from proxies.models import Proxy, ProxyBatch, ProxyBatchRow
from proxies.services import life
from proxies.services.import_columns import (
    COLUMNS,
    SECRETS,
    Known,
    contradictions,
    known_at,
    values_of,
)

MAX_BYTES = 1_000_000  # so that it stays in memory: settings.FILE_UPLOAD_MAX_MEMORY_SIZE
MAX_ROWS = 1_000
CHUNK = 50
WAITS = timedelta(hours=24)  # for sealed rows to be carried out
OWN_EVENTS = ("created", "value")  # that registering leaves
Outcome = ProxyBatchRow.Outcome


@sensitive_variables()
def receive(
    office: Company, file: Any, *, name: str, by: User, at: datetime,
    request: HttpRequest | None = None,
) -> tuple[ProxyBatch, bool]:  # fmt: skip
    """Read and check a spreadsheet; the import and whether it is new.

    Raises ValidationError for what is no such spreadsheet, VaultError without a keyring.
    """
    content = file.read()
    digest = _fingerprint(office, content)
    if twin := _open_twin(digest):
        return twin, False
    lines = _lines(content)
    if not lines:
        raise ValidationError(_("There is no row in it."), code="empty")
    batch = ProxyBatch(office=office, name=name, created_by=by)
    try:
        with transaction.atomic():
            _create(batch, lines, digest, at=at, request=request)
    except IntegrityError:  # sent twice at once
        twin = _open_twin(digest)
        if twin is None:
            raise
        return twin, False
    return batch, True


class UnreadableSheet(Exception):
    """Reading failed in a way that nobody foresaw; says where, and nothing of what was read."""


@sensitive_variables()
def _lines(content: bytes) -> list[Row]:
    """The rows. The frames of an error in there hold whole lines, passwords too, and a generator's
    are shown in reports of errors however its caller is marked: none of them leaves."""
    try:
        return list(read(io.BytesIO(content), COLUMNS, max_rows=MAX_ROWS))
    except ValidationError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {last.name}, line {last.lineno}"
    raise UnreadableSheet(where)


def _fingerprint(office: Company, content: bytes) -> str:
    """Keyed: by a plain hash whoever has the database could try passwords."""
    tag = mac(f"{office.pk}\0".encode() + content, label="proxies.import")
    return tag.rpartition(":")[2]


def _open_twin(digest: str) -> ProxyBatch | None:
    return ProxyBatch.objects.filter(sha256=digest, status__in=OPEN).order_by("pk").first()


@sensitive_variables()
def _create(
    batch: ProxyBatch, lines: Sequence[Row], digest: str, *, at: datetime,
    request: HttpRequest | None,
) -> None:  # fmt: skip
    batch.total = len(lines)
    batch.save(force_insert=True)
    advance(batch, to=BatchStatus.CHECKING, at=at)
    known = known_at(batch.office, on=timezone.localdate(at))
    seen: dict[str, int] = {}
    slices.save_checked(batch, [_checked(batch, line, known, seen) for line in lines])
    # With errors it is not carried out: what is wrong may be put right outside of the file.
    open_once = "" if batch.counts.get(Outcome.ERROR) else digest
    slices.finish_checking(batch, sha256=open_once)
    record(
        "batch.received", target=batch, company=batch.office_id, actor=batch.created_by,
        request=request, at=at, data={"rows": batch.total},
    )  # fmt: skip


@sensitive_variables()
def _checked(batch: ProxyBatch, line: Row, known: Known, seen: dict[str, int]) -> ProxyBatchRow:
    texts = {name: "" if name in SECRETS else text for name, text in line.texts.items()}
    given = [name for name in SECRETS if line.texts.get(name)]
    row = ProxyBatchRow(batch=batch, line=line.line, values=texts, given=given, outcome=Outcome.NEW)
    for error in line.errors:
        row.add_error(error.column, error.message)
    wrong = {error.column for error in line.errors}
    plain = {name: value for name, value in line.values.items() if name not in SECRETS}
    for column, message in contradictions(plain, given, known):
        if column not in wrong:
            row.add_error(column, message)
    name = line.values.get("nome", "")
    if first := seen.get(name):
        row.add_error("nome", _("The same name as in row %(line)s.") % {"line": first})
    elif name:
        seen[name] = line.line
        _compare(row, line.values, known)
    if row.outcome == Outcome.NEW:
        row.sealed = _sealed(row, {SECRETS[n]: line.values[n] for n in given})
    return row


def _compare(row: ProxyBatchRow, values: dict[str, Any], known: Known) -> None:
    """With the access of this name that the office has already, if there is one."""
    there = known.proxies.get(values["nome"])
    if there is None or row.outcome == Outcome.ERROR:
        return
    agency = known.agencies[key_of(values["orgao"])]
    same = (there.agency_id, there.kind, there.holder) == (
        agency.pk, values["tipo"], values["titular"],
    )  # fmt: skip
    if same:
        row.outcome = Outcome.KNOWN
    else:
        row.add_error("nome", _("The office already has another access of this name."))


@sensitive_variables()
def _sealed(row: ProxyBatchRow, secrets: dict[str, str]) -> bytes:
    return seal(json.dumps(secrets).encode(), **row.vault_context())


# --- carrying out


def apply_slice(batch: ProxyBatch, *, by: User | None) -> None:
    slices.apply_slice(batch, lambda seconds: _apply(batch, by, seconds), by=by)


def _apply(batch: ProxyBatch, by: User | None, seconds: float) -> bool:
    return slices.apply_rows(
        batch, lambda rows: _apply_chunk(batch, rows, by), size=CHUNK, seconds=seconds
    )


@transaction.atomic
def _apply_chunk(batch: ProxyBatch, rows: Sequence[ProxyBatchRow], by: User | None) -> None:
    """Rows are locked, and done once, whoever else works at them."""
    left = ProxyBatchRow.objects.select_for_update(of=("self",)).select_related("batch")
    left = left.filter(pk__in=[row.pk for row in rows], done_at=None)
    todo = list(left.exclude(outcome=Outcome.ERROR).order_by("line"))
    before = {row.pk: row.outcome for row in todo}
    at = timezone.now()
    known = known_at(batch.office, on=timezone.localdate(at))
    for row in todo:
        if row.outcome == Outcome.NEW:
            _apply_row(batch.office, row, known, by, at)
        row.sealed = None
    slices.save_applied(batch, todo, before, fields=["proxy", "sealed"])


@sensitive_variables()
def _apply_row(
    office: Company, row: ProxyBatchRow, known: Known, by: User | None, at: datetime
) -> None:
    """Register one access: its secrets are opened and sealed in their place in one step."""
    values = values_of(row.values)
    for column, message in contradictions(values, row.given, known):  # the catalogue was changed
        row.add_error(column, message)
    _compare(row, values, known)
    if row.outcome != Outcome.NEW:
        return
    try:
        secrets = json.loads(open_sealed(row.sealed or b"", **row.vault_context()))
        row.proxy = life.register(
            office, _data(values, known),
            life.NewValues(
                secrets={field: text.encode() for field, text in secrets.items()},
                lasts_to=values["vence_em"], typed_by=row.batch.created_by,
            ),
            by=by, at=at,
        )  # fmt: skip
    except Tampered:
        row.add_error("", _("What was sealed for this row does not open: hand the row in again."))
    except life.NameTaken:  # somebody registered it at this moment
        row.add_error("nome", _("The office already has another access of this name."))


def _data(values: dict[str, Any], known: Known) -> life.ProxyData:
    return life.ProxyData(
        agency=known.agencies[key_of(values["orgao"])], kind=values["tipo"], name=values["nome"],
        holder=values["titular"], notes=values["observacoes"],
        clients=[known.clients[number] for number in values["clientes"]],
    )  # fmt: skip


# --- undoing


def undo_slice(batch: ProxyBatch, *, by: User | None) -> None:
    slices.undo_slice(batch, lambda seconds: _undo(batch, by, seconds), by=by)


def _undo(batch: ProxyBatch, by: User | None, seconds: float) -> bool:
    """Destroy the accesses that nobody has changed; the others stay, and are counted."""
    finished = slices.undo_rows(
        batch, lambda rows: _undo_chunk(rows, by), size=CHUNK, seconds=seconds
    )
    if finished:
        slices.finish_undoing(batch, kept=that_stayed(batch).count(), by=by)
    return finished


def that_stayed(batch: ProxyBatch) -> QuerySet[Proxy]:
    """The accesses of an undone import that were left, because somebody had changed them."""
    own = Proxy.objects.filter(pk__in=batch.rows.values("proxy"))
    return own.exclude(status=Proxy.Status.DESTROYED).order_by("name", "pk")


def _undo_chunk(rows: Sequence[ProxyBatchRow], by: User | None) -> None:
    keys = [row.proxy_id for row in rows if row.proxy_id]
    found = Proxy.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys)
    found = found.filter(status=Proxy.Status.ACTIVE, expired_at=None)
    given = {row.proxy_id: {SECRETS[name] for name in row.given} for row in rows}
    for proxy in found.order_by("pk"):
        if not _was_touched(proxy, given[proxy.pk]):
            life.destroy(proxy, _("The import was undone."), by=by, at=timezone.now())


def _was_touched(proxy: Proxy, given: Collection[str]) -> bool:
    """Whether somebody changed it since it was registered with values of these fields."""
    other = proxy.events.exclude(kind__in=OWN_EVENTS).exists()
    return other or proxy.values.exclude(field__in=given, version=1).exists()


# --- letting go


def clear(batch: ProxyBatch) -> int:
    """Destroy the secrets that wait for a batch that is not carried out any more; of how many rows."""
    if batch.status in (BatchStatus.CHECKED, BatchStatus.APPLYING):
        return 0
    return batch.rows.filter(sealed__isnull=False).update(sealed=None)


def discard_waiting(*, at: datetime) -> int:
    """Discard imports that nobody has carried out within a day; how many. Their secrets go."""
    waiting = ProxyBatch.objects.filter(status__in=DISCARDABLE, created_at__lte=at - WAITS)
    discarded = 0
    for batch in waiting.order_by("pk"):
        with suppress(IllegalTransition), transaction.atomic():  # somebody takes it up just now
            services.discard(batch, by=None, at=at)
            clear(batch)
            discarded += 1
    return discarded
