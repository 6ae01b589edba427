from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_what_was_proven")]

    operations = [
        migrations.RemoveField(model_name="grant", name="invited_email"),
        migrations.RemoveField(model_name="grant", name="invited_name"),
    ]
