"""The slow half of an erasure: a job goes through what was typed, in chunks, and may be killed."""

import os
from collections.abc import Callable

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.jobs import erase_mentions
from portal.accounts.models import AccessRequest, ErasureRequest, User
from portal.accounts.services import erasing, erasure, mentions
from portal.audit.models import AuditEvent
from portal.outbox import delivery
from portal.outbox.models import Entry
from portal.outbox.registry import GiveUp
from portal.transitions import IllegalTransition
from tests.factories import Cast, a_cpf, make_user
from tests.portal.entrance import mails, text

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]

ClientOf = Callable[..., Client]
Status = ErasureRequest.Status
ROWS = 5


@pytest.fixture
def row(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> ErasureRequest:
    """An erasure that was decided, of a person whom five texts name; two rows are a chunk."""
    monkeypatch.setattr(erasing, "CHUNK", 2)
    return decided(cast.ana, cast.admin)


def decided(person: User, by: User) -> ErasureRequest:
    for _ in range(ROWS):
        AccessRequest.objects.create(
            name="Zeca", cpf=a_cpf(), email="zeca@exemplo.com.br", phone="31999990000",
            unit_text="A1", message=f"Indicado por {person.name}.",
        )  # fmt: skip
    row = ErasureRequest.objects.create(user=person, reason="")
    erasure.carry_out(row, by=by, at=timezone.now())
    return row


def messages() -> list[str]:
    return list(AccessRequest.objects.order_by("pk").values_list("message", flat=True))


def told() -> int:
    return Entry.objects.filter(kind="mail", key__startswith="erasure:").count()


def test_the_request_erases_the_person_and_leaves_the_texts_to_a_job(
    cast: Cast, client_of: ClientOf, row: ErasureRequest
) -> None:
    gone = User.objects.get(pk=cast.ana.pk)
    assert (gone.name, gone.cpf, gone.email, gone.is_active) == (
        "Pessoa excluída",
        None,
        None,
        False,
    )
    page = text(client_of(cast.admin).get(reverse("accounts:erasure", args=[row.pk])))
    assert "Exclusão em andamento" in page
    assert "Exclusão em andamento" in text(client_of(cast.admin).get(reverse("accounts:erasures")))
    for word in (cast.ana.name, cast.ana.email or "?"):
        assert word not in page
        assert word.encode() not in bytes(row.sealed or b"")
    assert messages() == [f"Indicado por {cast.ana.name}."] * ROWS
    assert not told()


def test_the_job_is_in_the_outbox_and_ends_what_the_request_began(
    cast: Cast, row: ErasureRequest
) -> None:
    delivery.sweep()
    row.refresh_from_db()
    assert (row.status, row.sealed, row.progress) == (Status.DONE, None, {})
    assert messages() == ["Indicado por Pessoa excluída."] * ROWS
    assert len(mails(cast.ana.email or "")) == 1
    assert AuditEvent.objects.filter(action="erasure.finished").count() == 1


def test_done_twice_it_changes_nothing_more(row: ErasureRequest) -> None:
    for _ in range(2):
        erase_mentions(erasure=row.pk)
    assert told() == 1
    assert AuditEvent.objects.filter(action="erasure.finished").count() == 1


def test_it_goes_on_where_it_was_stopped(
    row: ErasureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    redact, read = mentions.redact, []

    def counted(rows: object, *fields: str, pattern: str) -> list[int]:
        if rows.model is AccessRequest:  # type: ignore[attr-defined]
            read.append(1)
            if len(read) == 2:
                raise RuntimeError
        return redact(rows, *fields, pattern=pattern)  # type: ignore[arg-type]

    monkeypatch.setattr(erasing, "redact", counted)
    with pytest.raises(RuntimeError):
        erase_mentions(erasure=row.pk)
    assert messages().count("Indicado por Pessoa excluída.") == 2
    erase_mentions(erasure=row.pk)
    assert len(read) == 4  # of three chunks one was read twice
    assert messages() == ["Indicado por Pessoa excluída."] * ROWS


def test_killed_before_any_commit_it_is_ended_by_the_next_run(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "CHUNK", 2)
    step = 0
    while True:
        step += 1
        AccessRequest.objects.all().delete()
        Entry.objects.all().delete()
        row = decided(make_user("Davi Reis"), cast.admin)
        died = killed_at(step, row.pk)
        assert told() == (0 if died else 1)
        erase_mentions(erasure=row.pk)
        row.refresh_from_db()
        assert (row.status, told()) == (Status.DONE, 1)
        assert messages() == ["Indicado por Pessoa excluída."] * ROWS
        if not died:
            break
    assert step > ROWS / 2  # it was killed in the middle


def killed_at(step: int, pk: int) -> bool:
    """Run the job in a process of its own that dies before its ``step``-th commit; whether it did."""
    connection.close()
    pid = os.fork()
    if pid == 0:
        try:
            _dying(step, pk)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9


def _dying(step: int, pk: int) -> None:
    left, commit = [step], BaseDatabaseWrapper.commit

    def counted(self: BaseDatabaseWrapper) -> None:
        left[0] -= 1
        if left[0] == 0:
            os._exit(9)
        commit(self)

    BaseDatabaseWrapper.commit = counted  # type: ignore[method-assign]
    erase_mentions(erasure=pk)


def test_a_failure_is_seen_and_a_person_lets_it_go_on(
    cast: Cast, client_of: ClientOf, row: ErasureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> list[int]:
        raise GiveUp("no")

    admin, url = client_of(cast.admin), reverse("accounts:erasure", args=[row.pk])
    with monkeypatch.context() as patch:
        patch.setattr(erasing, "redact", broken)
        delivery.sweep()
    page = text(admin.get(url))
    assert "O trabalho parou depois de várias tentativas." in page
    assert "Continuar" in page
    admin.post(reverse("accounts:erasure_go_on", args=[row.pk]))
    assert "O trabalho parou" not in text(admin.get(url))
    delivery.sweep()
    row.refresh_from_db()
    assert (row.status, row.problem, told()) == (Status.DONE, "", 1)
    assert messages() == ["Indicado por Pessoa excluída."] * ROWS


def test_what_has_not_stopped_is_not_begun_again(cast: Cast, row: ErasureRequest) -> None:
    with pytest.raises(IllegalTransition):
        erasing.go_on(row, by=cast.admin, at=timezone.now())
    assert Entry.objects.filter(name="accounts.erase_mentions").count() == 1
