from django.db import migrations


def give(apps, schema_editor):
    from portal.accounts.groups import ADMINISTRATION, REGISTRATION, add_permissions

    for group in (ADMINISTRATION, REGISTRATION):
        add_permissions(
            group,
            ["certificates.view_knowncertificate"],
            apps=apps,
            using=schema_editor.connection.alias,
        )


class Migration(migrations.Migration):
    dependencies = [("certificates", "0002_known_certificates"), ("accounts", "0002_groups")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
