"""The staff groups that a portal starts with, and what they may do: see ``Desk.groups``.

An operator may change them afterwards: nothing here is given twice. A later release that brings
new permissions adds them to existing groups with ``add_permissions`` in a migration of its own.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps as current_apps
from django.db import DEFAULT_DB_ALIAS

from portal import desks
from portal.permissions import ADMINISTRATION, BILLING, HELP_DESK, REGISTRATION

__all__ = [
    "ADMINISTRATION",
    "BILLING",
    "HELP_DESK",
    "REGISTRATION",
    "add_permissions",
    "make_groups",
]


def make_groups(apps: Any = current_apps, using: str = DEFAULT_DB_ALIAS) -> None:
    """The groups that are missing, with their permissions; those that exist stay as they are."""
    known = set(apps.get_model("auth", "Group").objects.using(using).values_list("name", flat=True))
    for name, permissions in desks.permissions_of_groups().items():
        if name not in known:
            add_permissions(name, permissions, apps=apps, using=using)


def add_permissions(
    name: str,
    permissions: Iterable[str],
    *,
    apps: Any = current_apps,
    using: str = DEFAULT_DB_ALIAS,
) -> None:
    """Give a group more permissions (``app.codename``), making what does not exist yet.

    Django makes permissions only after the last migration; those made here it finds and keeps.
    """
    group, _ = apps.get_model("auth", "Group").objects.using(using).get_or_create(name=name)
    group.permissions.add(*(_permission(text, apps, using) for text in permissions))


def _permission(text: str, apps: Any, using: str) -> Any:
    app, codename = text.split(".")
    model = _model_of(app, codename)
    types = apps.get_model("contenttypes", "ContentType").objects.using(using)
    content_type, _ = types.get_or_create(app_label=app, model=model)
    permission, _ = (
        apps.get_model("auth", "Permission").objects.using(using)
        .get_or_create(
            content_type=content_type, codename=codename,
            defaults={"name": _name(app, model, codename)},
        )
    )  # fmt: skip
    return permission


def _model_of(app: str, codename: str) -> str:
    """The model that names this permission as its own; else the one in the codename."""
    for model in current_apps.get_app_config(app).get_models():
        if codename in dict(model._meta.permissions):
            return str(model._meta.model_name)
    return codename.partition("_")[2]


def _name(app: str, model: str, codename: str) -> str:
    """The name that Django would give."""
    meta = current_apps.get_model(app, model)._meta
    return (
        dict(meta.permissions).get(codename)
        or f"Can {codename.partition('_')[0]} {meta.verbose_name_raw}"
    )


def after_migrate(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:  # noqa: ARG001
    """After a flush, which empties what migrations wrote: only where there is no group at all."""
    if not current_apps.get_model("auth", "Group").objects.using(using).exists():
        make_groups(using=using)
