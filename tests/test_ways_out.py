"""Every state has a way out, and whoever its table names takes the step.

The tables are those of every installed app's models, so a new desk's are among them.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import get_resolver

from portal import desks
from portal.celery import app as celery
from portal.outbox.models import Entry
from portal.outbox.registry import jobs
from portal.transitions import FINAL

ROOT = Path(settings.BASE_DIR)
OURS = ("portal", "invoices", "certificates", "orders", "tickets", "proxies")
CHANGES = {"advance", "update"}


class Machine:
    """One table: whose, of which field."""

    def __init__(self, model: Any, name: str) -> None:
        self.model, self.table = model, getattr(model, name)
        field = name.removesuffix("TRANSITIONS").rstrip("_").lower() or "status"
        self.title = f"{model._meta.label}.{field}"
        self.states = {str(value) for value, _label in model._meta.get_field(field).choices}

    def named(self, step: str | tuple[str, ...]) -> list[str]:
        """Who takes the step: addresses, jobs, tasks of the beat."""
        names = (step,) if isinstance(step, str) else step
        return [name.format(model=self.model) for name in names]


def machines() -> Iterator[Machine]:
    for model in apps.get_models():
        for name in dir(model):
            if name.endswith("TRANSITIONS"):
                yield Machine(model, name)


TITLES = {machine.title: machine for machine in machines()}
each_machine = pytest.mark.parametrize("machine", TITLES.values(), ids=TITLES.keys())


def problems(machine: Machine) -> list[str]:
    """Everything that is wrong with one table, in words."""
    missing = machine.states - set(map(str, machine.table))
    wrong = [f"{state}: not in the table" for state in missing]
    for state, steps in machine.table.items():
        if steps is not FINAL and not any(
            comes_by_itself(name) for step in steps.values() for name in machine.named(step)
        ):
            wrong.append(f"{state}: no way out that a person can press, or that comes by itself")
        for target, step in steps.items():
            wrong += wrong_with(machine.named(step), f"{state} → {target}", target.name)
    return wrong


def comes_by_itself(name: str) -> bool:
    """Whether it is an address or a task of the beat; a job of the outbox may be given up."""
    return ":" in name or name in beat_tasks()


def wrong_with(names: list[str], step: str, state: str) -> Iterator[str]:
    for name in names:
        if begins_at(name) is None:
            yield f"{step}: no address, job or task is called {name}"
        elif ":" in name and not is_offered(name):
            yield f"{step}: no page leads to {name}"
    if not any(takes(name, state) for name in names):
        yield f"{step}: nothing that {' or '.join(names)} calls takes this step"


def beat_tasks() -> set[str]:
    return {entry["task"] for entry in desks.merged("beat").values()}


@cache
def begins_at(name: str) -> FunctionType | None:
    """The function with which an address, a job or a task begins; None when there is none."""
    found: Any = None
    if ":" in name:
        found = views().get(name)
    elif name in jobs:
        found = jobs[name].run
    elif name in beat_tasks():
        celery.loader.import_default_modules()
        found = celery.tasks[name].run
    return inspect.unwrap(found) if found else None


@cache
def views() -> Mapping[str, Callable[..., Any]]:
    """Each view by its name, ``desk:act``."""
    found: dict[str, Callable[..., Any]] = {}

    def walk(patterns: Any, prefix: str) -> None:
        for pattern in patterns:
            inner = getattr(pattern, "url_patterns", None)
            if inner is None and pattern.name:
                found[prefix + pattern.name] = pattern.callback
            elif inner is not None and pattern.namespace != "admin":
                walk(inner, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)

    walk(get_resolver().url_patterns, "")
    return found


@cache
def pages() -> str:
    """All templates, the views, which redirect to pages, and the services that mail links."""
    files = [*ROOT.glob("templates/**/*.html")]
    for app in OURS:
        files += [*ROOT.glob(f"{app}/**/templates/**/*.html"), *ROOT.glob(f"{app}/**/views/*.py")]
        files += ROOT.glob(f"{app}/**/views.py")
        services = ROOT.glob(f"{app}/**/services/*.py")
        files += [file for file in services if "enqueue_mail(" in file.read_text()]
    return "\n".join(file.read_text() for file in files)


def is_offered(name: str) -> bool:
    """Whether a page or a mail leads there: by its name, or as "the page of this act" of any batch."""
    act = name.rpartition("_")[2]
    return bool(re.search(rf"[\"']{name}[\"']|URL_NAME\|add:'_{act}'", pages()))


def takes(name: str, state: str) -> bool:
    """Whether what begins there calls something that names ``state``, and changes it.

    Followed are our functions by the names that their code mentions.
    """
    begin = begins_at(name)
    mentioned = set().union(*(names_in(f.__code__) for f in reached(begin))) if begin else set()
    return state in mentioned and bool(CHANGES & mentioned)


@cache
def reached(begin: FunctionType) -> frozenset[FunctionType]:
    found, left = set(), [begin]
    while left:
        function = left.pop()
        if function not in found:
            found.add(function)
            left += called_by(function)
    return frozenset(found)


def called_by(function: FunctionType) -> Iterator[FunctionType]:
    names = names_in(function.__code__)
    for name in names:
        thing = function.__globals__.get(name)
        if isinstance(thing, ModuleType) and is_ours(thing.__name__):
            for attribute in names:
                yield from ours(getattr(thing, attribute, None))
        else:
            yield from ours(thing)


def ours(thing: Any) -> Iterator[FunctionType]:
    plain = inspect.unwrap(thing) if callable(thing) else thing
    if isinstance(plain, FunctionType) and is_ours(plain.__module__):
        yield plain


def is_ours(module: str) -> bool:
    return module.partition(".")[0] in (*OURS, "tests")


@cache
def names_in(code: CodeType) -> frozenset[str]:
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return frozenset(code.co_names).union(*map(names_in, inner))


@each_machine
def test_each_state_has_a_way_out_and_each_step_is_taken_by_whom_the_table_names(machine):
    assert not problems(machine)


def test_each_model_with_states_has_a_table():
    without = [
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.fields
        if field.name == "status" and field.choices and not hasattr(model, "TRANSITIONS")
    ]
    assert not without


class Wrong(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"


TO_DONE = {Wrong.RUNNING: {Wrong.DONE: "outbox:cancel"}, Wrong.DONE: FINAL}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({Wrong.WAITING: {}, **TO_DONE}, "waiting: no way out"),
        ({Wrong.WAITING: {Wrong.RUNNING: "invoices.tell_clients"}, **TO_DONE}, "waiting: no way"),
        (TO_DONE, "waiting: not in the table"),
        ({Wrong.WAITING: {Wrong.RUNNING: "outbox:start"}, **TO_DONE}, "is called outbox:start"),
        ({Wrong.WAITING: {Wrong.RUNNING: "no.job"}, **TO_DONE}, "is called no.job"),
        ({Wrong.WAITING: {Wrong.RUNNING: "outbox:cancel"}, **TO_DONE}, "takes this step"),
        ({Wrong.WAITING: {Wrong.RUNNING: "outbox:body"}, **TO_DONE}, "takes this step"),
        ({Wrong.WAITING: {Wrong.RUNNING: "may_send"}, **TO_DONE}, "is called may_send"),
    ],
)
def test_a_naive_table_is_found_out(monkeypatch, table, expected):
    monkeypatch.setattr(Entry, "TRANSITIONS", table)
    naive = Machine(Entry, "TRANSITIONS")
    naive.states = set(Wrong.values)
    assert any(expected in problem for problem in problems(naive)), problems(naive)
