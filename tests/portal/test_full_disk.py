"""The database's disk is full: PostgreSQL says so in its own way. SQLite's: tests/server/faults."""

from typing import Any

import psycopg.errors
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from portal.full_disk import is_full_disk, note_if_there_is_room
from portal.ui import views

pytestmark = [pytest.mark.both, pytest.mark.django_db(transaction=True)]
RAISE = "DO $$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$"


def no_room(*_args: Any) -> None:
    """What a statement raises then: on PostgreSQL the server's own error, else what Django makes of it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(RAISE)
    error = psycopg.errors.DiskFull("could not extend file")
    raise OperationalError(*error.args) from error


def test_a_page_says_that_there_is_no_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "may_work", no_room)
    answer = Client(raise_request_exception=False).get(reverse("ui:may_send"))
    assert answer.status_code == 507
    assert "não tem espaço" in answer.content.decode()


def test_what_is_read_is_read_without_its_note() -> None:
    assert note_if_there_is_room(no_room) is False


def test_another_error_of_the_database_is_not_taken_for_it() -> None:
    with pytest.raises(OperationalError):
        note_if_there_is_room(_out_of_memory)
    assert not is_full_disk(None)


def _out_of_memory() -> None:
    """53200: also of the class "insufficient resources", and nothing that freed space would end."""
    error = psycopg.errors.OutOfMemory("out of shared memory")
    raise OperationalError(*error.args) from error
