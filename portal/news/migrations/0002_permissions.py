from django.db import migrations


def give(apps, schema_editor):
    from portal.accounts.groups import ADMINISTRATION, HELP_DESK, add_permissions

    write = ["news.view_notice", "news.add_notice", "news.change_notice"]
    using = schema_editor.connection.alias
    add_permissions(HELP_DESK, write, apps=apps, using=using)
    add_permissions(ADMINISTRATION, [*write, "news.delete_notice"], apps=apps, using=using)


class Migration(migrations.Migration):
    dependencies = [
        ("news", "0001_initial"),
        ("accounts", "0002_groups"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
