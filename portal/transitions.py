"""State machines: one table per model, one conditional UPDATE per step.

A model declares ``TRANSITIONS = {State.A: {State.B, State.C}, …}`` for its field ``status``, and
``RELEASE_TRANSITIONS`` for a second one in its field ``release``.
"""

from collections.abc import Mapping
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
    only_if: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Move ``obj`` to state ``to`` and set ``values``, in one conditional UPDATE.

    Of two callers at once exactly one succeeds; the other gets IllegalTransition, and so does
    whoever asks for a step that the table does not know. ``only_if`` adds conditions of the
    database row (field lookups). ``obj`` is brought up to date.
    """
    name_of_table = "TRANSITIONS" if field == "status" else f"{field.upper()}_TRANSITIONS"
    table: dict[str, set[str]] = getattr(obj, name_of_table)
    sources = [source for source, targets in table.items() if to in targets]
    manager = type(obj)._base_manager
    condition = {f"{field}__in": sources, **(only_if or {})}
    changed = manager.filter(pk=obj.pk, **condition).update(**{field: to}, **values)
    if not changed:
        current = manager.filter(pk=obj.pk).values_list(field, flat=True).first()
        raise IllegalTransition(
            _("%(thing)s: no step from “%(source)s” to “%(target)s”.")
            % {"thing": obj._meta.verbose_name, "source": current, "target": to}
        )
    computed = [name for name, value in values.items() if hasattr(value, "resolve_expression")]
    for name, value in {field: to, **values}.items():
        if name not in computed:
            setattr(obj, name, value)
    if computed:
        obj.refresh_from_db(fields=computed)
