"""System check: the triggers that keep the audit append-only are there."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from portal.audit import triggers


@register(Tags.database)
def audit_is_append_only(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Run by ``migrate`` and by ``check --database default``."""
    problems: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if triggers.TABLE not in connection.introspection.table_names():
            continue
        if missing := triggers.missing(connection):
            names = ", ".join(missing)
            problems.append(Error(f"The audit lost its triggers: {names}.", id="audit.E001"))
    return problems
