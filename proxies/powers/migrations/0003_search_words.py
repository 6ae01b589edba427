"""What powers of attorney are found by: words of the names of both sides (PostgreSQL only)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from portal.ui.search import words_index_sql

NAMES = {
    "powers_by_grantor_words": ("powers_power", "grantor_name"),
    "powers_by_grantee_words": ("powers_power", "grantee_name"),
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
    dependencies = [("powers", "0002_permissions")]

    operations = [migrations.RunPython(add, remove)]
