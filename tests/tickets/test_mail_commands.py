"""Mail from a pipe, and the proof on whole folders, which leaves nothing behind."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.files.models import DoomedFile, PendingFile
from portal.outbox.models import Entry as Outbox
from tests.tickets.mail.mails import PDF, file_part, mail, multipart, part
from tests.tickets.mail.samples import SAMPLES
from tests.tickets.posting import BOX, a_mail, make_mailbox
from tickets.mail.corpus import Proof
from tickets.mail.reading import read
from tickets.management.commands import ticket_mail_corpus
from tickets.models import Department, Entry, IncomingMail, Ticket
from tickets.services import incoming, proof

LEFT = (Outbox, IncomingMail, Ticket, Entry, Department, PendingFile, DoomedFile)


def files() -> list[Path]:
    root = Path(default_storage.location)  # type: ignore[attr-defined]
    return [path for path in root.rglob("*") if path.is_file()]


def run(folder: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("ticket_mail_corpus", folder, stdout=out, **options)
    return out.getvalue()


# Rolled back for good, and files removed after the commit: as it is outside of tests.
@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_a_folder_is_proven_and_nothing_of_it_stays(tmp_path):
    for number, raw in enumerate(SAMPLES):
        (tmp_path / f"{number}.eml").write_bytes(raw)
    with_file = file_part(
        PDF, "application/pdf", Content_Disposition='attachment; filename="a.pdf"'
    )
    (tmp_path / "arquivo.raw").write_bytes(multipart("mixed", part("Segue."), with_file))
    (tmp_path / "vazio.eml").write_bytes(b"")
    before = files()
    said = run(tmp_path)
    assert f"{len(SAMPLES) + 2} mails. auto: 1, bounce: 1, normal: {len(SAMPLES)}" in said
    assert "not one entry: 0, not valid: 0, raised: 0, raw not kept: 0" in said
    assert [model for model in LEFT if model._base_manager.exists()] == []
    assert files() == before


@pytest.mark.django_db
def test_what_fails_is_named_and_ends_the_command_with_an_error(tmp_path, monkeypatch):
    (tmp_path / "bom.eml").write_bytes(mail())
    (tmp_path / "dois.eml").write_bytes(mail(Subject="Dois"))
    (tmp_path / "perdido.eml").write_bytes(mail(Subject="Perdido"))
    answers = {b"Dois": Proof(True, 2), b"Perdido": Proof(False, 1)}

    def proving(raw: bytes, *_: object, **__: object) -> Proof:
        return next((found for word, found in answers.items() if word in raw), Proof(True, 1))

    monkeypatch.setattr(ticket_mail_corpus, "prove", proving)
    with pytest.raises(CommandError, match=r"2 com falha: dois.eml, perdido.eml"):
        run(tmp_path)


@pytest.mark.django_db
def test_a_persons_mail_that_makes_no_entry_is_a_failure(monkeypatch):
    monkeypatch.setattr(incoming, "put", lambda *_, **__: None)
    found = proof.prove(mail(), read(mail()), at=timezone.now())
    assert not found.is_good
    assert (found.entries, found.expected) == (0, 1)


class Pipe:
    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


@pytest.mark.django_db
def test_a_mail_from_a_pipe_is_kept_for_its_box(monkeypatch):
    box = make_mailbox()
    monkeypatch.setattr(sys, "stdin", Pipe(a_mail()))
    call_command("ticket_mail", caixa=BOX, stdout=io.StringIO())
    assert IncomingMail.objects.get().mailbox == box
    assert Outbox.objects.get().name == "tickets.take_mail"


@pytest.mark.django_db
@pytest.mark.parametrize(("raw", "box"), [(b" \n", ""), (a_mail(), "nao-ha@exemplo.com.br")])
def test_nothing_or_an_unknown_box_is_an_error_that_the_mail_server_sees(monkeypatch, raw, box):
    monkeypatch.setattr(sys, "stdin", Pipe(raw))
    with pytest.raises(CommandError):
        call_command("ticket_mail", caixa=box, stdout=io.StringIO())
    assert not IncomingMail.objects.exists()
