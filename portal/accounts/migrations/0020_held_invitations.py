from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0019_erasure_by_a_job")]

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
