"""``manage.py publish FOLDER``: the same check and publication from the terminal."""

import io
import socket
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from invoices.models import Batch, Document
from portal.celery import app
from portal.outbox import delivery, wake
from portal.outbox.models import Entry
from tests.invoices.batching import a_csv, a_pdf, a_row

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("demo_signer", "invoice_type", "report_type"),
]


@pytest.fixture
def folder(cast, tmp_path: Path) -> Path:
    folder = tmp_path / "Faturas 03"
    folder.mkdir()
    rows = [a_row(cast.unit_a1.code, n) for n in (1, 2, 3)]
    (folder / "manifesto.csv").write_bytes(a_csv(rows))
    for n in (1, 2, 3):
        (folder / f"{n}.pdf").write_bytes(a_pdf(f"pasta-{n}"))
    return folder


def publish(*args: object, **options: object) -> tuple[int, str, str]:
    """Exit code, what was said, and what was said about progress."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("publish", *map(str, args), stdout=out, stderr=err, **options)
        code = 0
    except SystemExit as stop:
        code = int(str(stop.code))
    return code, out.getvalue(), err.getvalue()


def test_a_folder_is_published_with_progress_and_its_clients_told(cast, folder):
    code, out, err = publish(folder, "--yes", "--by", cast.faturista.email)
    assert code == 0
    assert "Publicados: 3 documentos." in out
    assert "3 de 3" in err
    assert set(Document.objects.values_list("published_by", flat=True)) == {cast.faturista.pk}
    delivery.sweep()
    assert Entry.objects.filter(kind="mail").count() == 1
    assert folder.joinpath("1.pdf").exists()


def test_without_valkey_a_folder_is_published(
    cast, folder, settings, monkeypatch: pytest.MonkeyPatch
):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        down = {"BACKEND": "portal.cache.FailOpenRedisCache", "LOCATION": address}
        settings.CACHES = {**settings.CACHES, "default": down, "sessions": down}
        monkeypatch.setattr(app.conf, "broker_url", address)
        monkeypatch.setattr(app.conf, "broker_write_url", address)
        wake._line.cache_clear()
        assert publish(folder, "--yes")[0] == 0
    wake._line.cache_clear()
    assert Document.objects.filter(status="published").count() == 3
    delivery.sweep()
    assert Entry.objects.filter(kind="mail").count() == 1


def test_the_same_folder_again_changes_nothing(cast, folder):
    publish(folder, "--yes")
    before = list(Document.objects.order_by("pk").values())
    code, out, _ = publish(folder, "--yes")
    assert code == 0
    assert "Sem alteração: 3" in out
    assert list(Document.objects.order_by("pk").values()) == before


def test_a_dry_run_publishes_nothing_and_keeps_nothing(cast, folder):
    code, out, _ = publish(folder, "--dry-run")
    assert (code, Document.objects.count()) == (0, 0)
    assert "Novo: 3" in out
    assert Batch.objects.get().status == Batch.Status.DISCARDED


def test_without_yes_and_without_a_terminal_nothing_is_published(cast, folder, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("s\n"))
    code, _, err = publish(folder)
    assert (code, Document.objects.count()) == (3, 0)
    assert "Nada foi publicado" in err


def test_errors_are_listed_and_nothing_is_published(cast, folder):
    (folder / "2.pdf").unlink()
    code, out, _ = publish(folder, "--yes")
    assert (code, Document.objects.count()) == (2, 0)
    assert "linha 3, arquivo:" in out
    # Corrected, the same folder goes through.
    (folder / "2.pdf").write_bytes(a_pdf("pasta-2"))
    assert publish(folder, "--yes")[0] == 0
    assert Document.objects.count() == 3


def test_a_run_that_was_stopped_goes_on_where_it_was(cast, folder, monkeypatch):
    monkeypatch.setattr("invoices.services.batch_publishing.CHUNK", 1)
    from invoices.services import batch_publishing

    real, calls = batch_publishing._publish_chunk, []

    def stop_at_the_second(*args, **options):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(batch_publishing, "_publish_chunk", stop_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            publish(folder, "--yes")
    assert Document.objects.count() == 1
    assert publish(folder, "--yes")[0] == 0
    assert Document.objects.count() == 3
    assert Batch.objects.count() == 1


def test_the_manifest_may_lie_elsewhere(cast, folder, tmp_path):
    manifest = tmp_path / "outro.csv"
    (folder / "manifesto.csv").rename(manifest)
    assert publish(folder, "--manifest", manifest, "--yes")[0] == 0
    assert Document.objects.count() == 3


@pytest.mark.parametrize("who", ["ana", "atendente"])
def test_nobody_publishes_on_behalf_of_someone_who_may_not(cast, folder, who):
    with pytest.raises(CommandError):
        publish(folder, "--yes", "--by", getattr(cast, who).email)


def test_a_folder_or_manifest_that_is_not_there_is_said_so(cast, folder, tmp_path):
    with pytest.raises(CommandError, match="não é uma pasta"):
        publish(tmp_path / "nada", "--yes")
    with pytest.raises(CommandError, match="não é um arquivo"):
        publish(folder, "--manifest", tmp_path / "nada.csv", "--yes")
    (folder / "manifesto.csv").unlink()
    with pytest.raises(CommandError, match="Não há manifesto"):
        publish(folder, "--yes")


def test_without_a_certificate_nothing_is_published_and_the_reason_is_told(cast, folder, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="certificado"):
        publish(folder, "--yes")
    assert not Document.objects.exists()
