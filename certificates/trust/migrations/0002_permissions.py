from django.db import migrations


def give(apps, schema_editor):
    from portal.accounts.groups import ADMINISTRATION, HELP_DESK, add_permissions

    looking = ["trust.view_intermediate", "trust.view_revocationlist"]
    keeping = [
        *looking,
        "trust.add_intermediate",
        "trust.delete_intermediate",
        "trust.view_revocationanswer",
        "trust.view_issueraddress",
    ]
    for group, permissions in ((ADMINISTRATION, keeping), (HELP_DESK, looking)):
        add_permissions(group, permissions, apps=apps, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("trust", "0001_initial"), ("accounts", "0002_groups")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
