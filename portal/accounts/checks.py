"""System check: nobody of the staff has access to companies."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as Caution
from django.db import connections
from django.utils import timezone

from portal.accounts.models import Grant


@register(Tags.database)
def staff_hold_no_grants(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Run by ``migrate`` and by ``check --database default``. What they hold opens nothing, but
    says more than is true."""
    tables = [
        name for alias in databases or [] for name in connections[alias].introspection.table_names()
    ]
    if Grant._meta.db_table not in tables:  # not asked, or not migrated yet
        return []
    held = Grant.objects.not_ended(timezone.now()).filter(user__is_staff=True)
    keys = sorted(set(held.values_list("user", flat=True)))
    if not keys:
        return []
    people = ", ".join(map(str, keys))
    hint = "Administration, People, “End access to companies”."
    return [Caution(f"Staff have access to companies: people {people}.", hint, id="accounts.W001")]
