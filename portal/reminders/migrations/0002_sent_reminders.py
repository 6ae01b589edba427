from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_initial")]

    operations = [
        migrations.RenameModel("Told", "SentReminder"),
        migrations.RenameField("Run", "told", "sent"),
        migrations.AlterField(
            "Run", "sent", models.PositiveIntegerField(default=0, verbose_name="sent")
        ),
    ]
