from django.db import migrations, models


def give(apps, schema_editor):
    from portal.accounts.groups import ADMINISTRATION, add_permissions

    using = schema_editor.connection.alias
    add_permissions(ADMINISTRATION, ["outbox.cancel_entry"], apps=apps, using=using)


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0002_lists"),
        ("accounts", "0002_groups"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="entry",
            options={
                "ordering": ("-pk",),
                "permissions": [
                    ("retry_entry", "Can send or run an entry again"),
                    ("cancel_entry", "Can cancel an entry that waits or was given up"),
                ],
                "verbose_name": "outbox entry",
                "verbose_name_plural": "outbox",
            },
        ),
        migrations.AlterField(
            model_name="entry",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting"),
                    ("running", "Under way"),
                    ("done", "Done"),
                    ("failed", "Given up"),
                    ("cancelled", "Cancelled"),
                ],
                default="pending",
                max_length=9,
                verbose_name="status",
            ),
        ),
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
