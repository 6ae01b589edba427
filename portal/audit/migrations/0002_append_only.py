"""Triggers that refuse to change or delete audit events."""

from django.db import migrations

from portal.audit.triggers import install_sql, remove_sql

KEPT = ("id", "chain", "sequence", "action", "target", "data", "at", "previous", "hash")
ERASABLE = ("actor_id", "address")


def install(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in install_sql(vendor, kept=KEPT, erasable=ERASABLE):
        schema_editor.execute(statement)


def remove(apps, schema_editor):
    for statement in remove_sql(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
