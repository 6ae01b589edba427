"""The help desk and administrators see what readers say."""

from django.db import migrations


def give(apps, schema_editor):
    from portal.accounts.groups import add_permissions
    from portal.permissions import ADMINISTRATION, HELP_DESK

    using = schema_editor.connection.alias
    for group in (HELP_DESK, ADMINISTRATION):
        add_permissions(group, ["help.view_answer"], apps=apps, using=using)


class Migration(migrations.Migration):
    dependencies = [
        ("help", "0001_initial"),
        ("accounts", "0002_groups"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
