"""What is sent several times at the same moment is done once, and nobody meets an error.

Each app lists its services in ``tests/<app>/races.py``. The walk finds those that insert.
"""

import ast
import threading
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from portal.accounts.models import AccessRequest
from tests.factories import Cast, a_cpf
from tests.invoices.conftest import demo_signer  # noqa: F401
from tests.racing import LOOKED_SECONDS, PATIENCE_SECONDS, Race, all_look_first, at_once

MANY = 8
ROOT = Path(settings.BASE_DIR)
INSERTS = frozenset({"create", "save", "bulk_create", "get_or_create", "update_or_create"})
QUEUES = frozenset({"enqueue_mail", "enqueue_job"})


def listed() -> tuple[list[Race], dict[str, str]]:
    """The races of every app, and the services that need none, each with the reason."""
    races: list[Race] = []
    exceptions: dict[str, str] = {}
    for root in sorted({app.name.partition(".")[0] for app in apps.get_app_configs()}):
        if find_spec(f"tests.{root}") and find_spec(f"tests.{root}.races"):
            table = import_module(f"tests.{root}.races")
            races += table.RACES
            for reason, names in table.EXCEPTIONS.items():
                exceptions |= dict.fromkeys(names, reason)
    return races, exceptions


RACES, EXCEPTIONS = listed()


def run(
    race: Race, cast: Cast, seconds: float = LOOKED_SECONDS
) -> tuple[list[object], dict[str, int]]:
    """What each of ``MANY`` got, and how many rows are new."""
    work = race.prepare(cast)
    models = {name: apps.get_model(name) for name in race.leaves}
    before = {name: model._base_manager.count() for name, model in models.items()}
    barrier = threading.Barrier(MANY)
    tables = {model._meta.db_table for model in models.values()}
    outcomes = at_once(*[all_look_first(work, barrier, tables, seconds)] * MANY)
    return outcomes, {
        name: model._base_manager.count() - before[name] for name, model in models.items()
    }


def check(race: Race, cast: Cast) -> None:
    outcomes, new = run(race, cast)
    raised = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert [error for error in raised if not isinstance(error, race.told)] == []
    assert len(raised) == (MANY - 1 if race.told else 0)
    assert new == dict(race.leaves)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("demo_signer")
@pytest.mark.parametrize("race", RACES, ids=lambda race: race.name)
def test_of_eight_at_once_one_does_it(cast: Cast, race: Race):
    check(race, cast)


def _looks_then_inserts(_cast: Cast):
    values = {"name": "Eva", "cpf": a_cpf(), "email": "eva@exemplo.com.br", "phone": "31 3555-0100"}

    def ask() -> None:
        with transaction.atomic():
            if not AccessRequest.objects.filter(cpf=values["cpf"]).exists():
                # Another place each time: no constraint sees that it is the same.
                place = f"Lugar {threading.get_ident()}"
                AccessRequest.objects.create(**values, unit_text=place)

    return ask


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_harness_sees_a_service_that_looks_and_then_inserts(cast: Cast):
    naive = Race(
        name="naive", services=frozenset(), prepare=_looks_then_inserts,
        leaves={"accounts.AccessRequest": 1},
    )  # fmt: skip
    # Nobody waits for a lock here: all come to the same place, however busy the machine is.
    _outcomes, new = run(naive, cast, PATIENCE_SECONDS)
    assert new["accounts.AccessRequest"] == MANY
    assert connection.vendor == "postgresql"


# The walk


def service_files() -> Iterator[Path]:
    for app in apps.get_app_configs():
        folder = Path(app.path)
        if ROOT in (folder.parent, folder.parent.parent):
            yield from (folder / "services").glob("*.py")
            yield from folder.glob("services.py")


def inserting(file: Path) -> Iterator[str]:
    """Full names of its functions that insert rows, or put mail and jobs into the outbox."""
    module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for function in ast.parse(file.read_text()).body:
        if isinstance(function, ast.FunctionDef) and any(map(_inserts, ast.walk(function))):
            yield f"{module}.{function.name}"


def _inserts(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in QUEUES
        case ast.Call(func=ast.Attribute(attr=name), keywords=keywords):
            # With ``update_fields`` a save never inserts.
            changes = {word.arg for word in keywords} & {"update_fields"}
            return name in INSERTS | QUEUES and not changes
    return False


def test_every_service_that_inserts_is_raced_or_says_why_not():
    found = {name for file in service_files() for name in inserting(file)}
    assert "portal.accounts.services.requests.request_access" in found
    raced = {name for race in RACES for name in race.services}
    assert sorted(found - raced - EXCEPTIONS.keys()) == [], "add a race, or say why it needs none"
    assert sorted(EXCEPTIONS.keys() - found) == [], "these insert nothing (any more)"
    assert raced & EXCEPTIONS.keys() == set()
