"""System check: the triggers that keep the audit append-only are there."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from portal.audit import triggers


@register(Tags.database)
def audit_is_append_only(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Run by ``migrate`` and by ``check --database default``.

    A database that waits for one of the audit's migrations is let through to it: it may be the one
    that makes the trigger.
    """
    problems: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if not _is_migrated(connection):
            continue
        if missing := triggers.missing(connection):
            names = ", ".join(missing)
            problems.append(Error(f"The audit lost its triggers: {names}.", id="audit.E001"))
    return problems


def _is_migrated(connection: BaseDatabaseWrapper) -> bool:
    loader = MigrationLoader(connection)
    return all(node in loader.applied_migrations for node in loader.graph.leaf_nodes("audit"))
