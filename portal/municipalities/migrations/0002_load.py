"""Fills the table of municipalities."""

from django.db import migrations

from portal.municipalities.table import load


def fill(apps, _schema_editor):
    load(apps.get_model("municipalities", "Municipality"))


class Migration(migrations.Migration):
    dependencies = [("municipalities", "0001_initial")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=False)]
