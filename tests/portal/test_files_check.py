"""What lies in the store and nobody names goes; what a row names and is not there is told."""

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import models
from django.utils import timezone

from portal import desks
from portal.files import checking
from portal.files import services as files
from portal.files.models import DoomedFile, PendingFile
from portal.files.tasks import check
from tests.factories import Cast, make_document

pytestmark = pytest.mark.both

A_DAY = timedelta(days=1)


def stored_long_ago(content: bytes = b"a") -> str:
    """A file that no row names and that was stored two days ago."""
    key = files.store(content, prefix="invoices/staged", name="a.csv").key
    PendingFile.objects.filter(key=key).delete()
    before = (timezone.now() - 2 * A_DAY).timestamp()
    os.utime(default_storage.path(key), (before, before))
    return key


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("files_check", *options, stdout=out)
    return out.getvalue()


def test_what_nobody_names_is_listed_and_doomed_and_the_rest_stays(cast: Cast):
    document = make_document(cast.unit_a1)
    key = stored_long_ago()
    out = run()
    assert f"Sem dono: {key}" in out
    assert list(DoomedFile.objects.values_list("key", flat=True)) == [key]
    files.sweep(at=timezone.now())
    assert not default_storage.exists(key)
    assert default_storage.exists(document.file_key)


def test_a_file_in_flight_is_left_alone(db: None):
    """Noted before it is stored; and by its age, should the note be lost with a restore."""
    files.store(b"a", prefix="invoices/staged", name="a.csv")
    fresh = files.store(b"b", prefix="invoices/staged", name="a.csv").key
    PendingFile.objects.filter(key=fresh).delete()
    found = checking.check(at=timezone.now(), doom=True)
    assert (found.stored, found.unnamed, found.doomed) == (2, [fresh], 0)
    assert checking.check(at=timezone.now(), doom=True, grace=timedelta(0)).doomed == 1


def test_no_file_is_asked_for_by_itself(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    """Once per file, a check of a bucket of millions took days."""
    documents = [make_document(cast.unit_a1) for _number in range(3)]
    for prefix in ("invoices", "invoices-x", "invoices/a", "invoices0"):  # "-" < "/" < "0"
        files.store(b"a", prefix=prefix, name="a.csv")
    monkeypatch.setattr(
        FileSystemStorage, "exists", lambda _store, key: pytest.fail(f"{key} was asked for")
    )
    found = checking.check(at=timezone.now(), doom=True)
    assert (found.stored, found.named) == (len(documents) + 4, len(documents))
    assert (found.unnamed, found.missing) == ([], [])


def test_many_that_are_lost_are_looked_at_in_chunks(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checking, "_CHUNK", 1)
    documents = [make_document(cast.unit_a1) for _number in range(3)]
    for document in documents[:2]:
        default_storage.delete(document.file_key)
    key = stored_long_ago()
    found = checking.check(at=timezone.now(), doom=True)
    assert {one.row for one in found.missing} == {document.pk for document in documents[:2]}
    assert (found.unnamed, found.doomed) == ([key], 1)


def test_a_dry_run_dooms_nothing(db: None):
    key = stored_long_ago()
    assert key in run("--dry-run")
    assert not DoomedFile.objects.exists()


def test_a_row_whose_file_is_missing_is_named_and_ends_with_an_error(cast: Cast):
    document = make_document(cast.unit_a1)
    default_storage.delete(document.file_key)
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("files_check", stdout=out)
    assert f"invoices.Document.file_key, linha {document.pk}" in out.getvalue()


def test_a_strange_database_does_not_empty_the_store(db: None, monkeypatch: pytest.MonkeyPatch):
    """An empty database on a full store: most files would have no owner."""
    monkeypatch.setattr(checking, "FEW", 1)
    keys = [stored_long_ago(bytes([i])) for i in range(3)]
    check()
    assert not DoomedFile.objects.exists()
    with pytest.raises(CommandError, match="--many"):
        run()
    run("--many")
    assert {row.key for row in DoomedFile.objects.all()} == set(keys)


def test_what_is_not_named_as_the_portal_names_is_left_alone(db: None):
    path = Path(default_storage.path("lost+found/leia-me.txt"))
    path.parent.mkdir(parents=True)
    path.write_text("do operador")
    assert checking.check(at=timezone.now() + 3 * A_DAY, doom=True).stored == 0


def test_every_field_that_holds_the_key_of_a_file_is_registered(db: None):
    """Otherwise the check would take its files for nobody's."""
    fields = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.CharField)
        and field.name.endswith("_key")
        and field.max_length == 120
    }
    assert fields - set(desks.gather("files")) == set()
    for name in desks.gather("files"):
        label, _dot, column = name.rpartition(".")
        assert apps.get_model(label)._meta.get_field(column)
