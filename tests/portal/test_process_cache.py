"""What a process knows of the provider and of sessions, and when it asks anew."""

import pytest
from django.core.cache import caches
from django.test import Client

from portal.accounts.activity import _due
from portal.provider.models import Provider
from portal.provider.services import forget_provider, shown_provider
from tests.factories import Cast


def test_a_change_of_the_provider_shows_at_once_where_it_is_made(cast: Cast) -> None:
    assert shown_provider().short_name != "Novo"
    Provider.objects.update_or_create(
        pk=1, defaults={"name": "Novo nome", "short_name": "Novo", "email": "a@b.example"}
    )
    forget_provider()
    assert "Novo nome" in Client().get("/").content.decode()


def test_another_process_shows_a_change_of_the_provider_after_seconds(cast: Cast) -> None:
    shown_provider()
    Provider.objects.update_or_create(
        pk=1, defaults={"name": "Novo nome", "short_name": "Novo", "email": "a@b.example"}
    )
    caches["default"].clear()  # as the process that made the change does
    assert shown_provider().short_name != "Novo"
    caches["process"].clear()  # as five seconds do
    assert shown_provider().short_name == "Novo"


@pytest.mark.state
def test_activity_is_noted_once_a_minute_by_all_processes_together() -> None:
    assert _due("sessao")
    assert not _due("sessao")
    caches["process"].clear()  # another process
    assert not _due("sessao")
    assert _due("outra")
