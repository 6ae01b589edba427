"""Publishing killed, or let down by the store or the database, at every step: nothing lost or doubled.

The method: count every effect on the outside world (a file stored or deleted, a signature, a
commit), let the k-th go wrong, start again, sweep, look at what must always hold; for every k.

A store and a database go wrong before an effect and after it. A process is killed only before each:
the dead do nothing between one effect and the next, so after the k-th is before the one that follows.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from certificates.signatures import signing
from invoices.models import Batch, BatchRow, Document, DocumentEvent
from invoices.services import batch_actions as services
from invoices.services import batch_publishing, signed_documents
from portal.audit.models import AuditEvent
from portal.audit.verification import verify_chain
from portal.batches import services as batches
from portal.files import services as files
from portal.files.models import DoomedFile, PendingFile
from portal.outbox import delivery
from portal.outbox.models import Entry
from portal.transitions import IllegalTransition
from tests.factories import Cast, make_cast, make_document, make_type
from tests.invoices.batching import a_batch_zip, files_in, upload
from tests.racing import PATIENCE_SECONDS, at_once

pytestmark = [
    pytest.mark.both,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("demo_signer", "small_chunks"),
]
MOST = 200  # effects; a run with more would be a loop


class Killed(BaseException):
    """The process is gone: no handler of ours runs."""


class Fuse:
    """Lets the k-th effect go wrong, before it happens or after."""

    def __init__(self, at: int, error: type[BaseException]) -> None:
        self.at, self.error, self.count = at, error, 0

    @property
    def blown(self) -> bool:
        return self.count >= self.at

    def tick(self) -> None:
        self.count += 1
        # A dead process does nothing more; a store or a database may be back at once.
        if self.count == self.at or (self.blown and self.error is Killed):
            raise self.error("the fuse")

    def tick_after(self) -> None:
        """What was done may look undone to whoever lives on."""
        if self.error is not Killed:
            self.tick()

    def around(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            self.tick()
            result = real(*args, **options)
            self.tick_after()
            return result

        return wrapped


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoices.services.batch_checking.CHUNK", 2)
    monkeypatch.setattr("invoices.services.batch_publishing.CHUNK", 2)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsers are called at once, as in a child of the sandbox: it is not what is tried here."""
    monkeypatch.setattr("portal.sandbox.child.is_child", lambda: True)


@pytest.fixture
def ground() -> Cast:
    make_type()
    cast = make_cast()
    # Permissions are not what these tests are about.
    cast.faturista.is_superuser = True
    cast.faturista.save()
    return cast


# Its private methods are where effects happen; the stubs do not know them.
handle: Any = connection
storage: Any = FileSystemStorage


def _commit_by(fuse: Fuse, real: Callable[[], Any]) -> Callable[[], None]:
    """A commit that may die before, when the server rolls back, or after."""

    def commit() -> None:
        try:
            fuse.tick()
        except BaseException:
            handle._rollback()
            raise
        real()
        fuse.tick_after()

    return commit


def with_fuse(fuse: Fuse, work: Callable[[], object]) -> None:
    """Run ``work``; effects go by the fuse: all when killed, else the store's or the database's."""
    with pytest.MonkeyPatch.context() as patch:
        if fuse.error in (Killed, OSError):
            patch.setattr(FileSystemStorage, "_save", fuse.around(storage._save))
            patch.setattr(FileSystemStorage, "delete", fuse.around(FileSystemStorage.delete))
        if fuse.error is Killed:
            patch.setattr(signed_documents, "sign_pdf", fuse.around(signing.sign_pdf))
        if fuse.error in (Killed, OperationalError):
            # The connection of this thread only: the heartbeat has its own.
            patch.setattr(connection, "_commit", _commit_by(fuse, handle._commit))
        with contextlib.suppress(Killed, OSError, OperationalError):
            work()
    if fuse.error is Killed:
        # What the dead process meant to do after its commit dies with it.
        connection.run_on_commit.clear()
        connection.close()


def start_again() -> None:
    """What a restarted worker and the sweeps do, as if all waiting were over."""
    for _round in range(12):
        past = timezone.now() - timedelta(seconds=1)
        Entry.objects.filter(status=Entry.Status.RUNNING).update(leased_until=past)
        Entry.objects.filter(status=Entry.Status.PENDING).update(due_at=past)
        delivery.sweep()
        if not Entry.objects.filter(status__in=["pending", "running"]).exists():
            break
    files.sweep(at=timezone.now() + timedelta(hours=25))


def check_files(media: Path) -> None:
    """Every file has an owner, and every owner its file."""
    owned = set(Document.objects.values_list("file_key", flat=True))
    owned |= set(BatchRow.objects.exclude(file_key="").values_list("file_key", flat=True))
    owned |= set(Batch.objects.exclude(file_key="").values_list("file_key", flat=True))
    assert files_in(media) == owned
    assert not PendingFile.objects.exists()
    assert not DoomedFile.objects.exists()


def check_published(batch: Batch, cast: Cast, *, version: int, rows: int = 3) -> None:
    """All rows published once, each client told once, every trace there once."""
    batch.refresh_from_db()
    assert batch.status == Batch.Status.APPLIED
    assert batch.done == batch.total == rows
    assert sum(batch.counts.get(name, 0) for name in ("new", "replaces")) == rows
    documents = Document.objects.filter(batch_row__batch=batch)
    assert (
        list(documents.order_by("batch_row__line").values_list("version", "status"))
        == [(version, "published")] * rows
    )
    assert DocumentEvent.objects.filter(document__in=documents, kind="published").count() == rows
    targets = [f"invoices.document:{pk}" for pk in documents.values_list("pk", flat=True)]
    published = AuditEvent.objects.filter(action="document.published", target__in=targets)
    assert published.count() == rows
    mails = Entry.objects.filter(kind="mail", key__startswith=f"batch:{batch.pk}:")
    assert [(mail.recipient, mail.status) for mail in mails] == [(cast.ana.email, "done")]
    assert verify_chain(f"company:{cast.company_a.pk}").broken_at is None
    assert verify_chain("portal").broken_at is None


def every_step(error: type[BaseException], one: Callable[[Fuse], None]) -> Iterator[int]:
    """Calls ``one`` with a fuse for the first effect, the second… until one holds."""
    for k in range(1, MOST):
        fuse = Fuse(k, error)
        one(fuse)
        yield k
        if not fuse.blown:
            return
    raise AssertionError("more effects than there can be")


def received(cast: Cast, numbers: list[str], edition: str = "") -> Batch:
    data = a_batch_zip(cast.unit_a1.code, numbers, edition=edition)
    return services.receive(upload(data), None, name="Lote", by=cast.faturista)[0]


def published(cast: Cast, numbers: list[str]) -> Batch:
    batch = received(cast, numbers)
    delivery.sweep()
    batch.refresh_from_db()
    services.publish(batch, by=cast.faturista, at=timezone.now())
    start_again()
    batch.refresh_from_db()
    return batch


faults = pytest.mark.parametrize(
    "error", [Killed, OSError, OperationalError], ids=["killed", "store down", "database dies"]
)


@faults
def test_a_check_that_goes_wrong_at_any_step_comes_to_the_same_end(ground, tmp_path, error):
    def one(fuse: Fuse) -> None:
        batch = received(ground, [f"{fuse.at}-{n}" for n in "abc"])
        with_fuse(fuse, delivery.sweep)
        start_again()
        batch.refresh_from_db()
        assert batch.status == Batch.Status.CHECKED
        assert batch.counts == {"new": 3, "spare": 0}
        assert list(batch.rows.values_list("line", flat=True)) == [2, 3, 4]
        check_files(tmp_path / "media")

    steps = list(every_step(error, one))
    assert len(steps) > 8


@faults
def test_a_publication_that_goes_wrong_at_any_step_comes_to_the_same_end(ground, tmp_path, error):
    def one(fuse: Fuse) -> None:
        batch = received(ground, [f"{fuse.at}-{n}" for n in "abc"])
        delivery.sweep()
        batch.refresh_from_db()
        services.publish(batch, by=ground.faturista, at=timezone.now())
        with_fuse(fuse, delivery.sweep)
        start_again()
        check_published(batch, ground, version=1)
        check_files(tmp_path / "media")

    steps = list(every_step(error, one))
    assert len(steps) > 10


def test_a_replacement_killed_at_any_step_leaves_one_published_version(ground, tmp_path):
    def one(fuse: Fuse) -> None:
        numbers = [f"{fuse.at}-{n}" for n in "ab"]
        for number in numbers:
            make_document(ground.unit_a1, number=number, period=date(2026, 3, 1))
        batch = received(ground, numbers, edition="b")
        delivery.sweep()
        batch.refresh_from_db()
        services.publish(batch, by=ground.faturista, at=timezone.now())
        with_fuse(fuse, delivery.sweep)
        start_again()
        check_published(batch, ground, version=2, rows=2)
        older = Document.objects.filter(number__in=numbers, version=1)
        assert set(older.values_list("status", flat=True)) == {"replaced"}
        check_files(tmp_path / "media")

    steps = list(every_step(Killed, one))
    assert len(steps) > 12


def test_an_undoing_killed_at_any_step_comes_to_the_same_end(ground, tmp_path):
    def one(fuse: Fuse) -> None:
        batch = published(ground, [f"{fuse.at}-{n}" for n in "ab"])
        seen = Document.objects.get(number=f"{fuse.at}-b")
        DocumentEvent.objects.create(
            document=seen, kind="opened", user=ground.ana, at=timezone.now()
        )
        batches.undo(batch, by=ground.faturista, at=timezone.now())
        with_fuse(fuse, delivery.sweep)
        start_again()
        batch.refresh_from_db()
        assert (batch.status, batch.kept) == (Batch.Status.UNDONE, 1)
        documents = Document.objects.filter(batch_row__batch=batch)
        events = DocumentEvent.objects.filter(document__in=documents, kind="withdrawn")
        assert events.count() == documents.filter(status="withdrawn").count() == 1
        check_files(tmp_path / "media")

    steps = list(every_step(Killed, one))
    assert len(steps) > 3


def test_an_upload_killed_at_any_step_is_a_batch_or_is_not_there(ground, tmp_path):
    def one(fuse: Fuse) -> None:
        before = Batch.objects.count()
        data = a_batch_zip(ground.unit_a1.code, [f"{fuse.at}-a"])
        manifest = upload(b"unidade;tipo\n", "m.csv")
        with_fuse(
            fuse,
            lambda: services.receive(upload(data), manifest, name="x", by=ground.faturista),
        )
        start_again()
        # Its manifest lacks columns: whatever came in is refused, and its files are gone.
        assert Batch.objects.count() - before in (0, 1)
        assert not Batch.objects.exclude(status=Batch.Status.REFUSED).exists()
        check_files(tmp_path / "media")

    assert len(list(every_step(Killed, one))) > 4


def test_a_discarding_killed_at_any_step_leaves_no_file(ground, tmp_path):
    def one(fuse: Fuse) -> None:
        batch = received(ground, [f"{fuse.at}-{n}" for n in "ab"])
        delivery.sweep()
        batch.refresh_from_db()

        def work() -> None:
            batches.discard(batch, by=ground.faturista, at=timezone.now())
            delivery.sweep()

        with_fuse(fuse, work)
        batch.refresh_from_db()
        if batch.status == Batch.Status.CHECKED:  # killed before the commit: asked again
            batches.discard(batch, by=ground.faturista, at=timezone.now())
        start_again()
        check_files(tmp_path / "media")

    assert len(list(every_step(Killed, one))) > 3


def test_work_that_was_given_up_says_so_and_goes_on_when_asked(ground, monkeypatch):
    batch = received(ground, ["a", "b"])
    delivery.sweep()
    batch.refresh_from_db()
    services.publish(batch, by=ground.faturista, at=timezone.now())

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError("store down")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FileSystemStorage, "_save", refuse)
        start_again()
    batch.refresh_from_db()
    assert batch.status == Batch.Status.APPLYING
    assert batch.problem
    assert not Document.objects.exists()
    services.publish(batch, by=ground.faturista, at=timezone.now())
    start_again()
    batch.refresh_from_db()
    assert (batch.status, batch.problem) == (Batch.Status.APPLIED, "")
    assert Document.objects.count() == 2


def test_of_two_clerks_who_publish_a_batch_at_once_one_does(ground):
    batch = received(ground, ["a", "b", "c"])
    delivery.sweep()
    pages = [Batch.objects.get(pk=batch.pk) for _clerk in range(2)]
    raised = at_once(
        *(
            lambda page=page: services.publish(page, by=ground.faturista, at=timezone.now())
            for page in pages
        )
    )
    assert [type(error) for error in raised if error] == [IllegalTransition], raised
    start_again()
    check_published(batch, ground, version=1)


def test_two_workers_on_one_batch_publish_each_row_once(ground, tmp_path):
    batch = received(ground, ["a", "b", "c"])
    delivery.sweep()
    batch.refresh_from_db()
    services.publish(batch, by=ground.faturista, at=timezone.now())
    workers = [Batch.objects.get(pk=batch.pk) for _worker in range(2)]
    raised = at_once(*(lambda b=b: batch_publishing.publish_slice(b, by=None) for b in workers))
    assert raised == [None, None]
    start_again()
    check_published(batch, ground, version=1)
    check_files(tmp_path / "media")


@pytest.mark.parametrize("replacing", [False, True], ids=["new", "replacing"])
def test_of_two_batches_with_the_same_invoices_at_once_one_wins_each_row(
    ground, tmp_path, replacing
):
    numbers = ["a", "b", "c"]
    if replacing:
        published(ground, numbers)
    both = [received(ground, numbers, edition=edition) for edition in ("x", "y")]
    delivery.sweep()
    for batch in both:
        batch.refresh_from_db()
        services.publish(batch, by=ground.faturista, at=timezone.now())
    raised = at_once(
        *(
            lambda b=b: batch_publishing.publish_slice(Batch.objects.get(pk=b.pk), by=None)
            for b in both
        )
    )
    assert raised == [None, None]
    start_again()
    rows = BatchRow.objects.filter(batch__in=both)
    assert rows.filter(document__isnull=False).count() == 3
    lost = rows.filter(outcome="error")
    assert lost.count() == 3
    assert all(row.errors[0]["column"] == "numero" for row in lost)
    assert Document.objects.filter(status="published").count() == 3
    assert Document.objects.count() == (6 if replacing else 3)
    check_files(tmp_path / "media")


def test_a_stop_while_two_workers_publish_leaves_each_row_done_or_refused(
    ground, tmp_path, monkeypatch
):
    real, begun = batch_publishing._commit, threading.Event()

    def commit(*arguments: Any) -> set[int]:
        used = real(*arguments)
        begun.set()
        return used

    def stop() -> None:
        assert begun.wait(PATIENCE_SECONDS)
        batches.stop(third, by=ground.faturista, at=timezone.now())

    monkeypatch.setattr(batch_publishing, "_commit", commit)
    batch = received(ground, ["a", "b", "c", "d", "e"])
    delivery.sweep()
    batch.refresh_from_db()
    services.publish(batch, by=ground.faturista, at=timezone.now())
    first, second, third = (Batch.objects.get(pk=batch.pk) for _ in range(3))
    raised = at_once(
        lambda: batch_publishing.publish_slice(first, by=None),
        lambda: batch_publishing.publish_slice(second, by=None),
        stop,
    )
    # The workers may have been quicker: then there is nothing left to stop.
    assert [type(error) for error in raised if error] in ([], [IllegalTransition])
    start_again()
    batch.refresh_from_db()
    assert batch.status == Batch.Status.APPLIED
    done = batch.rows.filter(document__isnull=False)
    assert done.count() + batch.rows.filter(outcome="error").count() == 5
    assert (batch.counts["new"], Document.objects.count()) == (done.count(), done.count())
    check_files(tmp_path / "media")


def test_documents_need_a_transaction_of_the_caller(ground):
    with pytest.raises(RuntimeError):
        signed_documents.create_documents([], {})
    with transaction.atomic():
        assert signed_documents.create_documents([], {}) == []
