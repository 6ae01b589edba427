"""The worker of the real stack is killed before each step of publishing and of the removal.

The processes are those that ``script/server`` starts; SIGKILL comes from inside, exactly before
the k-th effect of a job (``tests.server.faults.killing``), for every k. A worker that is started
again, and sweeps without the waiting, must bring all to the same end as an undisturbed one.
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.racing import PATIENCE_SECONDS, wait_until
from tests.server.stack import Stack

pytestmark = pytest.mark.server(desk="invoices")
PUBLISHING = ("invoices.check_batch", "invoices.publish_batch", "invoices.tell_clients", "mail")
GROUP_DIES_AT = 5  # here all of the worker's processes, so that another has to be started
BESIDE = "import django; django.setup(); from tests.server.faults.world import main; main()"
MOST = 60  # steps; a job with more would be a loop


class World:
    """A portal whose worker can be killed, and a process beside it that looks at its data."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack, self.folder = stack, folder
        self.beside = subprocess.Popen(
            [sys.executable, "-c", BESIDE],
            cwd=settings.BASE_DIR,
            env=stack.env | {"DJANGO_SETTINGS_MODULE": "portal.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, *question: Any) -> Any:
        """Call a function of ``tests.server.faults.world``."""
        assert self.beside.stdin
        assert self.beside.stdout
        self.beside.stdin.write(f"{json.dumps(question)}\n")
        self.beside.stdin.flush()
        answer = self.beside.stdout.readline()
        assert answer, f"{question} failed; see what it wrote"
        return json.loads(answer)

    def kill_at(self, step: int, *jobs: str, whom: str = "") -> None:
        for job in jobs:
            (self.folder / job).write_text(f"{step} {whom}".strip())

    def lines(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []

    def workers_gone(self) -> int:
        """How often the supervisor has found the worker dead and ended its group."""
        return self.stack.said().count("worker ended (exit code -9)")

    def until(self, true: Callable[[], object], what: str) -> None:
        """Wait; whenever a process was killed, its leases run out at once."""
        seen = len(self.lines("killed"))

        def come() -> object:
            nonlocal seen
            if len(self.lines("killed")) > seen:
                seen = len(self.lines("killed"))
                self.ask("waiting_is_over")
            return true()

        wait_until(come, what, state=self.state)

    def state(self) -> str:
        listed = {name: self.lines(name) for name in ("killed", "ended")}
        return f"{listed} {self.ask('state')}\n{self.stack.said()}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, prepared_var: Path) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("killed")
    (folder / "faults").mkdir()
    killing = Path(__file__).parent / "faults" / "killing"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTS", str(folder / "faults"))
        patch.setenv("PYTHONPATH", str(killing))
        patch.setenv("EMAIL_URL", f"filemail:///{folder}/mail")
        stack = Stack(folder / "var", like=prepared_var)
        try:
            stack.until_ready()
            found = World(stack, folder / "faults")
            found.ask("build")
            yield found
            assert found.beside.stdin
            found.beside.stdin.close()
            assert found.beside.wait(PATIENCE_SECONDS) == 0
        finally:
            stack.end()


def publish_a_batch(world: World, step: int) -> None:
    """Killed before this step of each of its jobs; it must end as if nothing had been."""
    world.kill_at(step, *PUBLISHING)
    if step == GROUP_DIES_AT:
        world.kill_at(step, "invoices.publish_batch", whom="group")
    batch = world.ask("hand_in", f"lote{step}")
    world.until(lambda: world.ask("status", batch) == "checked", "checked")
    world.ask("publish", batch)
    world.until(lambda: world.ask("waiting") == 0, "published")
    world.ask("check_published", batch)


def remove_documents(world: World, step: int) -> None:
    """Killed before this step; its message comes back by itself unless all of the worker died."""
    ended, gone = len(world.lines("ended")), world.workers_gone()
    whom = "group" if step == GROUP_DIES_AT else ""
    world.kill_at(step, "expire", whom=whom)
    made = world.ask("hand_out_old")
    world.ask("expire")
    if whom:
        # The message would be back after ten minutes; beat comes every hour. A dying process may
        # still be handed one, so not before all are gone.
        world.until(lambda: world.workers_gone() > gone, "all of the worker's processes")
        world.ask("expire")
    world.until(lambda: len(world.lines("ended")) > ended, "the removal's end")
    world.ask("check_expired", made["old"], made["kept"])


def until_none_is_killed(world: World, one: Callable[[World, int], None]) -> dict[str, set[str]]:
    """For step 1, 2, 3… until no job has that many; the effects before which each was killed."""
    begin = len(world.lines("killed"))
    for step in range(1, MOST):
        before = len(world.lines("killed"))
        one(world, step)
        if len(world.lines("killed")) == before:
            break
    else:
        raise AssertionError("more steps than there can be")
    effects: dict[str, set[str]] = defaultdict(set)
    for line in world.lines("killed")[begin:]:
        job, _step, effect, *_whom = line.split()
        effects[job].add(effect)
    return effects


def test_a_batch_is_published_once_whatever_step_of_it_the_worker_is_killed_at(
    world: World,
) -> None:
    effects = until_none_is_killed(world, publish_a_batch)
    assert effects == {
        "invoices.check_batch": {"store", "commit", "delete", "note"},
        "invoices.publish_batch": {"sign", "store", "commit", "delete", "note"},
        "invoices.tell_clients": {"commit", "note"},
        "mail": {"send", "commit", "note"},
    }


def test_a_document_is_removed_once_whatever_step_of_it_the_worker_is_killed_at(
    world: World,
) -> None:
    assert until_none_is_killed(world, remove_documents) == {"expire": {"delete", "commit"}}
