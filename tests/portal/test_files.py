"""The private store keeps step with the database, whatever dies in between."""

import hashlib
import io
from datetime import timedelta

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from portal.files import services
from portal.files.models import DoomedFile, PendingFile
from portal.files.services import (
    FileGone,
    claim,
    delete,
    delete_later,
    open_file,
    reserve,
    safe_name,
    store,
    sweep,
)

pytestmark = pytest.mark.both

PDF = b"%PDF-1.7\n" + b"x" * 3000


def tomorrow(hours: int = 25):
    return timezone.now() + timedelta(hours=hours)


def rolled_back(action, *args) -> None:
    with transaction.atomic():
        action(*args)
        transaction.set_rollback(True)


def content(key: str) -> bytes:
    with open_file(key) as file:
        return file.read()


@pytest.mark.django_db
def test_a_stored_file_reads_back_with_its_size_hash_and_type():
    stored = store(PDF, prefix="invoices/documents", name="Fatura 01.PDF")
    assert content(stored.key) == PDF
    assert (stored.size, stored.content_type) == (len(PDF), "application/pdf")
    assert stored.sha256 == hashlib.sha256(PDF).hexdigest()
    unique = stored.key.removeprefix("invoices/documents/")
    assert unique[:2] == unique[3:5]
    assert unique.endswith(".pdf")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a.p/df", "semextensao", "x." + "y" * 40, ".", ""]
)
def test_no_name_leads_the_key_outside(name):
    assert ".." not in store(b"x", prefix="t", name=name).key


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "../x", "/x", "A", "x/", "x" * 61])
def test_a_prefix_that_is_no_prefix_is_refused(prefix):
    with pytest.raises(ValueError):
        store(b"x", prefix=prefix, name="a")


@pytest.mark.django_db
def test_an_upload_and_a_stream_that_reads_once_are_stored_alike():
    class Once(io.RawIOBase):
        def __init__(self):
            self.source = io.BytesIO(PDF * 1000)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.source.readinto(buffer)

    once = store(io.BufferedReader(Once()), prefix="t", name="a.pdf")
    upload = store(SimpleUploadedFile("a.pdf", PDF * 1000), prefix="t", name="a.pdf")
    assert once.sha256 == upload.sha256
    assert once.size == upload.size == 1000 * len(PDF)
    assert content(once.key) == content(upload.key)


@pytest.mark.django_db(transaction=True)
def test_storing_inside_a_transaction_is_refused_before_anything_is_written():
    with transaction.atomic(), pytest.raises(RuntimeError):
        store(PDF, prefix="t", name="a.pdf")
    assert not PendingFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_whose_transaction_rolled_back_is_swept_after_a_day():
    stored = store(PDF, prefix="t", name="a.pdf")
    rolled_back(claim, stored.key)
    sweep(at=timezone.now())
    assert default_storage.exists(stored.key), "it may be claimed for 24 hours"
    assert sweep(at=tomorrow()) == (1, 0)
    assert not default_storage.exists(stored.key)
    assert not PendingFile.objects.exists()
    assert not DoomedFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_between_note_and_file_leaves_nothing_after_the_sweep(monkeypatch):
    def killed(*args, **kwargs):
        raise SystemExit

    monkeypatch.setattr(FileSystemStorage, "save", killed)
    with pytest.raises(SystemExit):
        store(PDF, prefix="t", name="a.pdf")
    assert PendingFile.objects.count() == 1
    assert sweep(at=tomorrow()) == (1, 0)
    assert not PendingFile.objects.exists()


@pytest.mark.django_db
def test_a_claimed_file_stays():
    stored = store(PDF, prefix="t", name="a.pdf")
    claim(stored.key)
    assert sweep(at=tomorrow()) == (0, 0)
    assert content(stored.key) == PDF


@pytest.mark.django_db
def test_a_file_that_was_swept_cannot_be_claimed_any_more():
    stored = store(PDF, prefix="t", name="a.pdf")
    sweep(at=tomorrow())
    with pytest.raises(FileGone):
        claim(stored.key)


@pytest.mark.django_db
def test_claiming_several_is_all_or_nothing():
    one, two = store(b"1", prefix="t", name="a"), store(b"2", prefix="t", name="b")
    with pytest.raises(FileGone):
        claim(one.key, two.key, "t/none.bin")
    assert PendingFile.objects.count() == 2
    claim(one.key, two.key)


@pytest.mark.django_db
def test_keys_reserved_in_one_step_take_their_files(django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        keys = reserve([f"{i}.pdf" for i in range(100)], prefix="t")
    stored = store(PDF, prefix="t", name="0.pdf", key=keys[0])
    assert stored.key == keys[0]
    assert content(keys[0]) == PDF


@pytest.mark.django_db(transaction=True)
def test_a_file_to_be_deleted_goes_when_the_transaction_commits_and_not_before():
    stored = store(PDF, prefix="t", name="a.pdf")
    claim(stored.key)
    with transaction.atomic():
        delete_later(stored.key)
        assert default_storage.exists(stored.key)
    assert not default_storage.exists(stored.key)
    assert not DoomedFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_deletion_deletes_nothing():
    stored = store(PDF, prefix="t", name="a.pdf")
    rolled_back(delete_later, stored.key)
    assert default_storage.exists(stored.key)
    assert not DoomedFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_store_that_refuses_to_delete_is_asked_again_and_stops_nobody(monkeypatch):
    kept, gone = store(b"1", prefix="t", name="a"), store(b"2", prefix="t", name="b")
    real = FileSystemStorage.delete

    def refusing(storage, key):
        if key == kept.key:
            raise PermissionError("read-only store")
        real(storage, key)

    monkeypatch.setattr(FileSystemStorage, "delete", refusing)
    delete_later(kept.key, gone.key)
    assert not default_storage.exists(gone.key)
    [row] = DoomedFile.objects.all()
    assert (row.key, row.attempts) == (kept.key, 1)
    assert "read-only" in row.error
    assert sweep(at=timezone.now()) == (0, 1)
    monkeypatch.setattr(FileSystemStorage, "delete", real)
    assert sweep(at=timezone.now()) == (1, 0)
    assert not default_storage.exists(kept.key)
    assert not DoomedFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_killed_after_the_commit_and_before_the_deletion_the_sweep_deletes(monkeypatch):
    stored = store(PDF, prefix="t", name="a.pdf")
    monkeypatch.setattr(transaction, "on_commit", lambda *a, **k: None)
    delete_later(stored.key)
    assert default_storage.exists(stored.key)
    assert sweep(at=timezone.now()) == (1, 0)
    assert not default_storage.exists(stored.key)


@pytest.mark.django_db
def test_deleting_twice_or_nothing_does_no_harm():
    stored = store(PDF, prefix="t", name="a.pdf")
    delete(stored.key)
    delete(stored.key)
    delete("")
    delete_later(stored.key, "")
    delete_later(stored.key)
    with pytest.raises(FileNotFoundError):
        open_file(stored.key)


@pytest.mark.django_db
def test_a_sweep_of_many_keeps_going_past_one_chunk(monkeypatch):
    monkeypatch.setattr(services, "_CHUNK", 3)
    for number in range(8):
        store(b"%d" % number, prefix="t", name="a.txt")
    assert sweep(at=tomorrow()) == (8, 0)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("Fatura 03-2026 – Água.pdf", "Fatura 03-2026 - Água.pdf"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\Windows\\x.pdf", "C-Windows-x.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a-Set-Cookie- x.pdf"),
        ("...", "arquivo"),
        ("", "arquivo"),
        ("con.txt", "_con.txt"),
        ("x\u202efdp.exe", "x-fdp.exe"),
        ("relatório\u0000.csv", "relatório.csv"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
    ],
)
def test_names_are_made_safe_and_stay_readable(given, safe):
    assert safe_name(given) == safe
    assert safe_name(safe) == safe


def test_a_decomposed_accent_becomes_one_character():
    assert safe_name("A\u0301gua.pdf") == "Água.pdf"
