"""Health says what is down by name, and nothing else."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.outbox.models import Entry
from portal.provider import health

pytestmark = [pytest.mark.both, pytest.mark.django_db]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch):
    """Asks, on a machine whose disk has room."""
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=2**40))

    def ask() -> tuple[int, dict[str, Any]]:
        answer = Client().get("/saude/pronto")
        return answer.status_code, answer.json()

    return ask


def an_entry(**values) -> Entry:
    entry = Entry.objects.create(kind="job", key=f"k{Entry.objects.count()}", name="n")
    Entry.objects.filter(pk=entry.pk).update(**values)
    return entry


def test_all_well(found):
    an_entry(due_at=timezone.now() - timedelta(minutes=9))
    assert found() == (200, {"status": "ok", "down": []})


def test_alive_asks_nothing(django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(health, "what_is_down", None)
    with django_assert_num_queries(0):
        assert Client().get("/saude/vivo").json() == {"status": "ok"}


def test_without_the_database_nothing_is_served_and_the_rest_is_still_asked(found, monkeypatch):
    def broken() -> None:
        raise ConnectionError("host=secret")

    monkeypatch.setattr(connection, "cursor", broken)
    assert found() == (503, {"status": "down", "down": ["database"]})


def test_without_the_store_nothing_is_served(found, settings, tmp_path):
    (tmp_path / "readonly").write_text("no folder")
    settings.STORAGES = {**settings.STORAGES, "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "readonly")},
    }}  # fmt: skip
    assert found() == (503, {"status": "down", "down": ["store"]})


def test_a_disk_that_is_almost_full_is_said(found, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=10**8))
    assert found() == (200, {"status": "degraded", "down": ["disk"]})


def test_work_that_nobody_does_is_said(found):
    an_entry(due_at=timezone.now() - timedelta(minutes=11))
    assert found() == (200, {"status": "degraded", "down": ["worker"]})


def test_a_clock_that_went_back_is_said(found):
    an_entry(created_at=timezone.now() + timedelta(minutes=50))
    assert found() == (200, {"status": "degraded", "down": ["clock"]})
