from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_names_without_accents")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="held",
            field=models.BooleanField(default=False, verbose_name="held back"),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["email"], name="invitation_by_email"),
        ),
    ]
