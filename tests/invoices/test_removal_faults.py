"""The removal is killed at each step, meets a store that refuses, and runs twice at once: nothing is lost."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from invoices.models import Document, DocumentEvent, PurgeRun, Tombstone
from invoices.services import removal
from portal.audit.models import AuditEvent
from portal.audit.verification import verify_chain
from portal.files import services as files
from tests.factories import Cast, make_document
from tests.racing import at_once

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

LONG_AGO = datetime(2024, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def ground(cast: Cast) -> tuple[list[Document], Document]:
    """Five documents past their end, two with a detached signature, seen by a client; and one that stays."""
    return make_ground(cast)


def make_ground(cast: Cast) -> tuple[list[Document], Document]:
    over = []
    for i in range(5):
        signature = store_signature() if i % 2 else ""
        over.append(make_document(cast.unit_a1, published_at=LONG_AGO, signature_key=signature))
    for document in over:
        DocumentEvent.objects.create(document=document, kind="seen", at=LONG_AGO)
    return over, make_document(cast.unit_a1)


def store_signature() -> str:
    stored = files.store(b"\x30\x03\x02\x01\x01", prefix="invoices/signatures", name="a.p7s")
    files.claim(stored.key)
    return stored.key


def stored_files() -> set[str]:
    root = Path(default_storage.location)  # type: ignore[attr-defined]
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}


def owned_files() -> set[str]:
    keys = Document.objects.values_list("file_key", "signature_key")
    return {key for pair in keys for key in pair if key}


def check_invariants(cast: Cast, over: list[Document], kept: Document, *, since: int = 0) -> None:
    """True after a kill at any step. ``since`` is the last audit event of an earlier round."""
    now = timezone.now()
    assert list(Document.objects.visible_to(cast.ana, at=now)) == [kept]
    assert default_storage.exists(kept.file_key)
    assert stored_files() <= owned_files(), "a file that no row owns"
    rows = set(Document.objects.values_list("pk", flat=True))
    stones = list(Tombstone.objects.values_list("document_pk", flat=True))
    assert sorted([*stones, *(rows - {kept.pk})]) == sorted(d.pk for d in over), "lost or doubled"
    assert sum(PurgeRun.objects.values_list("removed", flat=True)) == len(stones)
    events = AuditEvent.objects.filter(action="documents.removed", pk__gt=since)
    assert sum(e.data["documents"] for e in events) == len(stones)
    assert verify_chain(f"company:{cast.company_a.pk}").broken_at is None


def in_a_process(work: Callable[[], object]) -> int:
    """Run ``work`` in a process of its own, which may be killed; its exit status."""
    connection.close()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(step: int) -> None:
    """Remove everything, but die without a word at the ``step``-th external call.

    Steps: before each deletion of a file and before each commit. The dead do nothing between one
    and the next, so after a step is before the one that follows.
    """
    left = [step]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            os._exit(9)

    def dying(call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object) -> object:
            count()
            return call(*args)

        return wrapped

    for owner, name in ((removal, "delete"), (BaseDatabaseWrapper, "commit")):
        setattr(owner, name, dying(getattr(owner, name)))
    removal.expire(as_of=timezone.now(), chunk=2)


def test_killed_at_any_step_nothing_is_lost_doubled_or_orphaned(cast: Cast):
    step, deaths = 0, 0
    while True:
        step += 1
        over, kept = make_ground(cast)
        last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        died = in_a_process(lambda step=step: killed_at(step)) == 9  # type: ignore[misc]
        check_invariants(cast, over, kept, since=last)
        removal.expire(as_of=timezone.now(), chunk=2)
        check_invariants(cast, over, kept, since=last)
        assert Tombstone.objects.count() == len(over)
        if not died:
            break
        deaths += 1
        forget()
    # 7 files, 3 chunks and the end of the run.
    assert deaths >= 11


def forget() -> None:
    """An empty desk for the next round; the audit stays, as it must."""
    Tombstone.objects.all().delete()
    PurgeRun.objects.all().delete()
    for document in Document.objects.all():
        files.delete(document.file_key)
    Document.objects.all().delete()


@pytest.fixture
def stubborn(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Keys that the store refuses to delete."""
    refused: set[str] = set()

    def delete(key: str) -> None:
        if key in refused:
            raise PermissionError(13, "refused", key)
        files.delete(key)

    monkeypatch.setattr(removal, "delete", delete)
    return refused


def test_what_the_store_refuses_stays_invisible_and_is_tried_again(
    cast: Cast, ground: tuple[list[Document], Document], stubborn: set[str]
):
    over, kept = ground
    stubborn |= {over[0].file_key, over[3].signature_key}

    run = removal.expire(as_of=timezone.now(), chunk=2)

    run.refresh_from_db()
    assert (run.removed, run.failures) == (3, 2)
    assert "PermissionError" in run.error
    assert set(Document.objects.all()) == {over[0], over[3], kept}
    check_invariants(cast, over, kept)

    stubborn.clear()
    assert removal.expire(as_of=timezone.now()).removed == 2
    check_invariants(cast, over, kept)
    assert stored_files() == {kept.file_key}


def test_a_store_that_refuses_everything_does_not_hold_the_run_up(
    cast: Cast, ground: tuple[list[Document], Document], stubborn: set[str]
):
    over, kept = ground
    stubborn |= {d.file_key for d in over}
    run = removal.expire(as_of=timezone.now(), chunk=2)
    assert (run.removed, run.failures, Tombstone.objects.count()) == (0, 5, 0)
    check_invariants(cast, over, kept)


def test_the_command_says_what_could_not_be_removed(
    ground: tuple[list[Document], Document], stubborn: set[str]
):
    stubborn.add(ground[0][0].file_key)
    with pytest.raises(CommandError, match="Não removidos, a tentar de novo: 1"):
        call_command("expire_documents", verbosity=0)
    assert Tombstone.objects.count() == 4


def test_a_file_that_is_gone_already_is_no_failure(
    cast: Cast, ground: tuple[list[Document], Document]
):
    over, kept = ground
    files.delete(over[0].file_key)
    run = removal.expire(as_of=timezone.now())
    assert (run.removed, run.failures) == (5, 0)
    check_invariants(cast, over, kept)


def test_two_workers_at_once_share_the_work_and_double_nothing(cast: Cast):
    _over, kept = make_ground(cast)
    _more, kept_too = make_ground(cast)
    Document.objects.filter(pk=kept_too.pk).update(status="withdrawn")
    as_of = timezone.now()
    runs = at_once(*[lambda: removal.expire(as_of=as_of, chunk=2)] * 2)
    assert [type(run) for run in runs] == [PurgeRun] * 2, runs
    assert sum(run.removed for run in runs) == 10
    assert Tombstone.objects.count() == 10
    assert stored_files() == {kept.file_key, kept_too.file_key}
    assert verify_chain(f"company:{cast.company_a.pk}").broken_at is None
