"""Levels say what they let do in every desk: consult, operate, administer."""

from django.db import migrations, models

NEW_NAMES = {"viewer": "consult", "receiver": "operate", "admin": "administer"}


def rename(apps, editor):
    _replace(apps, editor, NEW_NAMES)


def name_as_before(apps, editor):
    _replace(apps, editor, {new: old for old, new in NEW_NAMES.items()})


def _replace(apps, editor, names):
    grants = apps.get_model("accounts", "Grant").objects.using(editor.connection.alias)
    for before, after in names.items():
        grants.filter(level=before).update(level=after)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_requests_by_status")]

    operations = [
        migrations.AlterField(
            model_name="grant",
            name="level",
            field=models.CharField(
                choices=[
                    ("consult", "Consults"),
                    ("operate", "Operates"),
                    ("administer", "Administers"),
                ],
                default="operate",
                max_length=10,
                verbose_name="level",
            ),
        ),
        migrations.RunPython(rename, name_as_before),
    ]
