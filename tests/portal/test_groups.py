"""The staff groups exist from the start, with permissions that exist."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connection

from portal import desks
from portal.accounts import groups


@pytest.mark.django_db
def test_the_four_groups_are_there_after_migrating() -> None:
    assert set(desks.permissions_of_groups()) <= set(Group.objects.values_list("name", flat=True))
    for name, permissions in desks.permissions_of_groups().items():
        found = Group.objects.get(name=name).permissions.values_list(
            "content_type__app_label", "codename"
        )
        assert {f"{app}.{codename}" for app, codename in found} == set(permissions)


@pytest.mark.django_db
def test_every_permission_named_is_one_that_a_model_has() -> None:
    known = set()
    for model in apps.get_models():
        meta = model._meta
        names = [f"{action}_{meta.model_name}" for action in meta.default_permissions]
        known |= {
            f"{meta.app_label}.{n}"
            for n in [*names, *(codename for codename, _ in meta.permissions)]
        }
    assert {p for listed in desks.permissions_of_groups().values() for p in listed} <= known


@pytest.mark.django_db
def test_django_makes_none_of_them_a_second_time() -> None:
    before = Permission.objects.count()
    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0)
    assert Permission.objects.count() == before
    assert str(Permission.objects.get(codename="decide_accessrequest").name).startswith(
        "Can accept"
    )


@pytest.mark.django_db
def test_what_an_operator_changed_stays() -> None:
    group = Group.objects.get(name="Faturamento")
    group.permissions.clear()
    Group.objects.get(name="Agente de registro").delete()
    groups.after_migrate()
    assert not group.permissions.exists()
    assert not Group.objects.filter(name="Agente de registro").exists()


@pytest.mark.django_db
def test_after_a_flush_they_come_back() -> None:
    Group.objects.all().delete()
    groups.after_migrate()
    assert (
        Group.objects.get(name="Administração").permissions.filter(codename="change_user").exists()
    )


@pytest.mark.django_db
def test_a_later_release_adds_to_a_group_and_takes_nothing() -> None:
    group = Group.objects.get(name="Agente de registro")
    before = group.permissions.count()
    groups.add_permissions(group.name, ["accounts.view_accessrequest"])
    groups.add_permissions(group.name, ["accounts.view_accessrequest"])
    assert group.permissions.count() == before + 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "migration",
    [
        "tickets.migrations.0005_permissions",
        "orders.migrations.0007_permissions",
        "portal.payments.migrations.0005_permissions_of_groups",
    ],
)
def test_a_portal_that_is_older_than_a_desk_gets_its_permissions(migration: str) -> None:
    name = migration.split(".migrations.", maxsplit=1)[0].rpartition(".")[2]
    Permission.objects.filter(content_type__app_label=name).delete()
    import_module(migration).give(apps, SimpleNamespace(connection=connection))
    desk = next(desk for desk in desks.installed() if desk.name == name)
    for group, permissions in desk.groups.items():
        found = Group.objects.get(name=group).permissions.filter(content_type__app_label=name)
        of_desk = {text.partition(".")[2] for text in permissions if text.startswith(f"{name}.")}
        assert {permission.codename for permission in found} == of_desk, group
