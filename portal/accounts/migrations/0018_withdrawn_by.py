"""Who took an invitation back; and who may send or withdraw the links that people wait for."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

LINKS = [
    "accounts.view_invitation", "accounts.change_invitation",
    "accounts.view_pendingregistration", "accounts.change_pendingregistration",
]  # fmt: skip


def give(apps, schema_editor):
    from portal.accounts.groups import ADMINISTRATION, BILLING, HELP_DESK, add_permissions

    for group in (ADMINISTRATION, BILLING, HELP_DESK):
        add_permissions(group, LINKS, apps=apps, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_certificate_only_lists"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="cancelled_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(give, migrations.RunPython.noop),
    ]
