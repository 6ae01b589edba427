"""What accesses and clients of offices are found by: words of names (PostgreSQL only), the holder."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from portal.ui.search import words_index_sql

NAMES = {
    "proxies_by_words": ("proxies_proxy", "name"),
    "proxies_by_holder_words": ("proxies_proxy", "holder_name"),
    "proxies_client_by_words": ("proxies_officeclient", "name"),
}


def add(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        for name, (table, column) in NAMES.items():
            editor.execute(words_index_sql(table, column, name))


def remove(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        for name in NAMES:
            editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("proxies", "0010_hosts_agreed_to")]

    operations = [
        migrations.AddIndex("proxy", models.Index(fields=["holder"], name="proxies_by_holder")),
        migrations.RunPython(add, remove),
    ]
