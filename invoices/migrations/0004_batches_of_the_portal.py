"""A batch takes the shape that portal.batches gives to every desk's."""

from django.db import migrations, models

STATES = (("publishing", "applying"), ("published", "applied"))


def rename_states(apps, _schema_editor):
    for old, new in STATES:
        apps.get_model("invoices", "Batch").objects.filter(status=old).update(status=new)


def restore_states(apps, _schema_editor):
    for old, new in STATES:
        apps.get_model("invoices", "Batch").objects.filter(status=new).update(status=old)


class Migration(migrations.Migration):
    dependencies = [("invoices", "0003_staff_filters")]

    operations = [
        migrations.RenameField("batchrow", "published_at", "done_at"),
        migrations.RenameField("batch", "published_at", "applied_at"),
        migrations.AlterField(
            "batch",
            "applied_at",
            models.DateTimeField(blank=True, null=True, verbose_name="carried out at"),
        ),
        migrations.AlterField(
            "batch",
            "status",
            models.CharField(
                choices=[
                    ("uploaded", "Waiting to be checked"),
                    ("checking", "Being checked"),
                    ("checked", "Checked"),
                    ("refused", "Refused"),
                    ("applying", "Being published"),
                    ("applied", "Published"),
                    ("undoing", "Being undone"),
                    ("undone", "Undone"),
                    ("discarded", "Discarded"),
                ],
                default="uploaded",
                max_length=10,
                verbose_name="status",
            ),
        ),  # fmt: skip
        migrations.RunPython(rename_states, restore_states),
    ]
