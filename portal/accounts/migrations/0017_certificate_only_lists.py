from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0016_declined_second_factor"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="company",
            index=models.Index(
                condition=models.Q(("certificate_only_from__isnull", False)),
                fields=["name", "id"],
                name="certificate_only_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="company",
            index=models.Index(
                condition=models.Q(("certificate_only_from__isnull", False)),
                fields=["certificate_only_from", "id"],
                name="certificate_only_by_day",
            ),
        ),
    ]
