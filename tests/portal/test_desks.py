"""Desks register themselves, and the portal reads what they registered."""

import pytest

from portal import desks
from portal.celery import app


@pytest.fixture
def another():
    """A desk of this test's own, forgotten afterwards."""
    made: list[str] = []

    def register(**parts):
        desk = desks.Desk(name=f"another-{len(made)}", label="Outra", **parts)
        desks.register(desk)
        made.append(desk.name)
        return desk

    yield register
    for name in made:
        desks.unregister(name)


def test_two_desks_may_not_have_one_name(another):
    first = another()
    desks.register(first)  # a module imported twice does no harm
    with pytest.raises(ValueError, match="another-0"):
        desks.register(desks.Desk(name=first.name, label="Outra"))


def test_two_desks_may_not_claim_one_key(another):
    another(beat={"outbox-sweep": {"task": "x", "schedule": 1.0}})
    with pytest.raises(ValueError, match="outbox-sweep"):
        desks.merged("beat")


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert "portal.outbox.tasks.sweep" in scheduled
    assert scheduled <= set(app.tasks)
