from django.db import migrations


def give(apps, schema_editor):
    """To the staff groups of a portal that is older than this desk."""
    from portal.accounts.groups import add_permissions
    from proxies.powers.desk import GROUPS

    for name, permissions in GROUPS.items():
        add_permissions(name, permissions, apps=apps, using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("powers", "0001_initial"),
        ("accounts", "0002_groups"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
