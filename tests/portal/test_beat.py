"""Celery's beat goes on when the clock went back."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.beat import Scheduler
from portal.celery import app


@pytest.fixture
def scheduler(tmp_path: Path) -> Any:
    app.loader.import_default_modules()
    made = Scheduler(app, schedule_filename=str(tmp_path / "schedule"))
    yield made
    made.close()


def test_what_ran_an_hour_from_now_runs_again_at_its_usual_distance(
    scheduler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "apply_entry", lambda *_arguments, **_options: None)
    for entry in scheduler.schedule.values():
        entry.last_run_at = entry.default_now() + timedelta(hours=1)
    scheduler.populate_heap()
    assert scheduler.tick() <= 10, "the sweep comes every ten seconds"
    assert all(e.last_run_at <= e.default_now() for e in scheduler.schedule.values())
