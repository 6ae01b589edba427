"""State machines: one table per model, one conditional UPDATE per step.

A model declares ``TRANSITIONS = {State.A: {State.B, State.C}, …}`` for its field ``status``.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _


class IllegalTransition(Exception):
    """The object is not in a state from which this step is possible (or no longer)."""


def advance(
    obj: models.Model,
    *,
    to: str,
    field: str = "status",
    table: Mapping[Any, Collection[Any]] | None = None,
    **values: Any,
) -> None:
    """Move ``obj`` to state ``to`` and set ``values``, in one conditional UPDATE.

    A model with a second state machine names its ``field`` and its ``table``.

    Of two callers at once exactly one succeeds; the other gets IllegalTransition, and so does
    whoever asks for a step that the table does not know. ``obj`` is brought up to date.
    """
    steps = obj.TRANSITIONS if table is None else table  # type: ignore[attr-defined]
    sources = [source for source, targets in steps.items() if to in targets]
    manager = type(obj)._default_manager
    changed = manager.filter(pk=obj.pk, **{f"{field}__in": sources}).update(**{field: to}, **values)
    if not changed:
        current = manager.filter(pk=obj.pk).values_list(field, flat=True).first()
        raise IllegalTransition(
            _("%(thing)s: no step from “%(source)s” to “%(target)s”.")
            % {"thing": obj._meta.verbose_name, "source": current, "target": to}
        )
    for name, value in {field: to, **values}.items():
        setattr(obj, name, value)
