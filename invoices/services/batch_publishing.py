"""Publishes a checked batch, chunk by chunk.

Each chunk is signed and stored outside any transaction and then committed in one: documents,
events, audit, rows and counters together.
"""

from collections.abc import Callable, Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certificates.services import current_signer
from certificates.signatures.signing import CannotSign, Signer
from invoices.models import Batch, BatchRow
from invoices.services.document_spec import DocumentSpec, Identity, content_type_of
from invoices.services.document_versions import (
    KnownVersions,
    Outcome,
    is_overtaken,
    known_versions,
    outcome_of,
)
from invoices.services.manifest import spec_of
from invoices.services.signed_documents import (
    DOCUMENTS,
    SignedFile,
    create_documents,
    delete_signed,
    sign_and_store,
)
from portal import sandbox
from portal.accounts.models import User
from portal.batches import slices
from portal.files.services import delete_later, reserve, safe_name

CHUNK = 50
_TRIES = 5
LOST = gettext_lazy(
    "The portal no longer has this file: it was lost, or a backup without it was restored. Hand the"
    " document in again, by itself or in a new batch."
)
Progress = Callable[[Batch], None]
# By the key of the row.
Specs = dict[int, DocumentSpec]
Signed = dict[int, SignedFile]
Messages = dict[int, str]


def publish_slice(batch: Batch, *, by: User | None) -> None:
    """Publish the next rows of a batch that is being published."""
    slices.apply_slice(batch, lambda seconds: publish_rows(batch, by=by, seconds=seconds), by=by)


def publish_rows(
    batch: Batch, *, by: User | None, seconds: float, progress: Progress | None = None
) -> bool:
    """Publish what is left of a batch for about ``seconds``; True when each row was tried.

    Raises NoSigner without a certificate and TimestampFailed when that authority is down: what
    was not reached stays as it is.
    """
    signer = current_signer(timezone.now())
    return slices.apply_rows(
        batch, lambda rows: _publish_chunk(batch, rows, signer, by),
        size=CHUNK, seconds=seconds, progress=progress,
    )  # fmt: skip


def _publish_chunk(batch: Batch, rows: Sequence[BatchRow], signer: Signer, by: User | None) -> None:
    at = batch.publish_as_of or timezone.now()
    specs = {row.pk: spec_of(row, by=by, at=at) for row in rows}
    signed, failed = _sign(rows, specs, signer)
    used = _commit(batch, specs, signed, failed)
    # Only now: after an error nobody knows whether the commit went through, and the sweep decides.
    for pk in signed.keys() - used:
        delete_signed(signed[pk])


def _sign(rows: Sequence[BatchRow], specs: Specs, signer: Signer) -> tuple[Signed, Messages]:
    """Signed and stored files, and what is said of rows that cannot be signed."""
    known = known_versions(spec.identity for spec in specs.values())
    todo = [
        row for row in rows
        if row.outcome in BatchRow.TO_APPLY
        and not _obstacle(specs[row.pk], known.get(specs[row.pk].identity))
    ]  # fmt: skip
    keys = reserve((safe_name(row.file_name) for row in todo), prefix=DOCUMENTS)
    signed: Signed = {}
    failed: Messages = {}
    for row, key in zip(todo, keys, strict=True):
        spec = specs[row.pk]
        try:
            source = _read_staged(row, spec)
            if source is None:
                continue
            content_type = content_type_of(source, spec.file.name)
            signed[row.pk] = sign_and_store(spec, source, content_type, signer, key=key)
        except CannotSign as error:
            failed[row.pk] = str(error)
        except sandbox.Busy:
            raise  # the job is tried again later
        except ValidationError as error:
            failed[row.pk] = " ".join(error.messages)
    return signed, failed


def _read_staged(row: BatchRow, spec: DocumentSpec) -> bytes | None:
    """What is to be signed; None when another worker has dealt with the row and let it go.

    ValidationError for a file that is lost: no other attempt would find it.
    """
    try:
        return spec.file.read()
    except FileNotFoundError:
        if row.batch.rows_left().filter(pk=row.pk).exists():
            raise ValidationError(LOST, code="lost") from None
        return None


def _obstacle(spec: DocumentSpec, known: KnownVersions | None) -> tuple[str, str] | None:
    """(outcome, message) when somebody else published this document since the row was checked."""
    published = known.published if known else None
    if outcome_of(spec, known) == Outcome.UNCHANGED:
        return BatchRow.Outcome.UNCHANGED, ""
    if not is_overtaken(spec, known):
        return None
    if published is None:
        return BatchRow.Outcome.ERROR, _(
            "The version that this row replaces was withdrawn meanwhile."
        )
    return BatchRow.Outcome.ERROR, _(
        "Version %(version)s was published meanwhile by someone else. Send this row again if it"
        " is to be replaced."
    ) % {"version": published.version}


def _commit(batch: Batch, specs: Specs, signed: Signed, failed: Messages) -> set[int]:
    """Commit a chunk, again when another commit of one of its documents came first."""
    for attempt in range(_TRIES):
        try:
            return _commit_once(batch, specs, signed, failed)
        except IntegrityError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError


@transaction.atomic
def _commit_once(batch: Batch, specs: Specs, signed: Signed, failed: Messages) -> set[int]:
    """The keys of the rows whose signed files were used."""
    rows = list(batch.rows_left().filter(pk__in=specs).select_for_update(of=("self",)))
    known = known_versions((specs[row.pk].identity for row in rows), lock=True)
    before = {row.pk: row.outcome for row in rows}
    for row in rows:
        _decide_outcome(row, specs[row.pk], known, failed)
    # One order for all who publish at once, so that none waits for the other in a circle.
    ready = sorted(
        (row for row in rows if row.outcome in BatchRow.TO_APPLY and row.pk in signed),
        key=lambda row: specs[row.pk].identity,
    )
    # What stood in the way when the chunk was signed and no longer does has its turn later.
    decided = [r for r in rows if r.outcome not in BatchRow.TO_APPLY or r.pk in signed]
    documents = create_documents([(specs[row.pk], signed[row.pk]) for row in ready], known)
    for row, document in zip(ready, documents, strict=True):
        row.document = document
    delete_later(*(row.file_key for row in decided))
    for row in decided:
        row.file_key = ""
    slices.save_applied(batch, decided, before, fields=["document", "file_key"])
    return {row.pk for row in ready}


def _decide_outcome(
    row: BatchRow, spec: DocumentSpec, known: dict[Identity, KnownVersions], failed: Messages
) -> None:
    """The outcome of a row in the light of what is published at this moment."""
    if row.outcome not in BatchRow.TO_APPLY:
        return
    obstacle = _obstacle(spec, known.get(spec.identity))
    if row.pk in failed:
        row.add_error("arquivo", failed[row.pk])
    elif obstacle and obstacle[0] == BatchRow.Outcome.ERROR:
        row.add_error("numero", obstacle[1])
    elif obstacle:
        row.outcome = obstacle[0]


def clear_rows(batch: Batch) -> None:
    """Let go of the staged files of rows that will not be published."""
    staged = batch.rows.exclude(file_key="").order_by("line")
    while chunk := list(staged[:500]):
        with transaction.atomic():
            delete_later(*(row.file_key for row in chunk))
            BatchRow.objects.filter(pk__in=[row.pk for row in chunk]).update(file_key="")
