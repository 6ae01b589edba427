"""State machines: one table per model, one conditional UPDATE per step, and what the step leaves.

A model declares ``TRANSITIONS = {State.A: {State.B: "desk:act", State.C: "desk.job"}, State.B:
FINAL, …}`` for its field ``status``, and ``RELEASE_TRANSITIONS`` for a second one in its field
``release``. Each state is there, and beside each step who takes it:

- the name of an address, ``desk:act``, where a person does;
- the name of a job of the outbox, ``desk.job``, or of a task of the beat, ``desk.tasks.task``;
- several of these in a tuple: "asked for here, done there". ``{model.NAME}`` is an attribute of
  the model, for abstract ones.

A state that is not ``FINAL`` has a step that a person takes, or the beat, which comes again by
itself; a job of the outbox may be given up. ``tests/test_ways_out.py`` checks that, and that those
who are named do take the step. Besides a model may declare

- ``AUDIT_ACTIONS = {State.B: "thing.done"}``: the action under which a step is audited;
- ``audit_company``: the key of the company in whose audit chain that stands (None: the portal's);
- ``HISTORY = "events"``: the relation that keeps its history. Its model has the fields ``kind``
  (the state), ``user``, ``at`` and ``note``.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.audit.services import record

Steps = Mapping[str, str | tuple[str, ...]]
# The steps of a state in which an object stays for good.
FINAL: Steps = MappingProxyType({})


class IllegalTransition(Exception):
    """The object is not in a state from which this step is possible (or no longer)."""


def advance(
    obj: models.Model,
    *,
    to: str,
    field: str = "status",
    by: AbstractBaseUser | None = None,
    at: datetime | None = None,
    note: str = "",
    request: HttpRequest | None = None,
    audit_data: Mapping[str, Any] | None = None,
    only_if: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Move ``obj`` to state ``to`` and set ``values``, in one conditional UPDATE.

    Of two callers at once exactly one succeeds; the other gets IllegalTransition, and so does
    whoever asks for a step that the table does not know. ``only_if`` adds conditions of the
    database row (field lookups). ``obj`` is brought up to date.

    With ``at`` the step is also written into the object's history (``by``, ``note``) and into the
    audit (``by``, ``request``, ``audit_data``), in the same transaction. Without it the caller
    leaves its own traces, or the step is the machine's and has none.
    """
    with transaction.atomic():
        _change(obj, to, field, only_if or {}, values)
        if at is not None:
            _leave_traces(obj, to, by=by, at=at, note=note, request=request, data=audit_data)


def _change(
    obj: models.Model, to: str, field: str, only_if: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    name_of_table = "TRANSITIONS" if field == "status" else f"{field.upper()}_TRANSITIONS"
    table: Mapping[str, Steps] = getattr(obj, name_of_table)
    sources = [source for source, targets in table.items() if to in targets]
    manager = type(obj)._base_manager
    condition = {f"{field}__in": sources, **only_if}
    changed = manager.filter(pk=obj.pk, **condition).update(**{field: to}, **values)
    if not changed:
        current = manager.filter(pk=obj.pk).values_list(field, flat=True).first()
        raise IllegalTransition(_refusal(obj, field, current, changed_otherwise=current in sources))
    computed = [name for name, value in values.items() if hasattr(value, "resolve_expression")]
    for name, value in {field: to, **values}.items():
        if name not in computed:
            setattr(obj, name, value)
    if computed:
        obj.refresh_from_db(fields=computed)


def _refusal(obj: models.Model, field: str, current: str | None, *, changed_otherwise: bool) -> str:
    """Why a step was not possible, for the person who asked for it."""
    if current is None:
        return _("This is no longer there.")
    if changed_otherwise:
        return _("Somebody else changed this meanwhile. Look at it again.")
    choices: Any = obj._meta.get_field(field)
    return _("This is not possible any more: its state is now “%(state)s”.") % {
        "state": dict(choices.flatchoices)[current]
    }


def _leave_traces(
    obj: models.Model,
    to: str,
    *,
    by: AbstractBaseUser | None,
    at: datetime,
    note: str,
    request: HttpRequest | None,
    data: Mapping[str, Any] | None,
) -> None:
    history = getattr(obj, "HISTORY", "")
    if history:
        getattr(obj, history).create(kind=str(to), user=by, at=at, note=note)
    action = getattr(obj, "AUDIT_ACTIONS", {}).get(to)
    if action:
        company = getattr(obj, "audit_company", None)
        record(
            action, target=obj, company=company, actor=by, request=request, data=data or {}, at=at
        )
