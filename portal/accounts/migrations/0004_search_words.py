"""What the administration's search seeks by: words of names (PostgreSQL only), e-mail, CPF."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from portal.ui.search import words_index_sql

NAMES = {
    "company_by_words": ("accounts_company", "name"),
    "unit_by_words": ("accounts_unit", "name"),
    "user_by_words": ("accounts_user", "name"),
    "request_by_words": ("accounts_accessrequest", "name"),
    "request_by_unit_words": ("accounts_accessrequest", "unit_text"),
}


def add(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        for name, (table, column) in NAMES.items():
            editor.execute(words_index_sql(table, column, name))


def remove(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        for name in NAMES:
            editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_certificate_login")]

    operations = [
        migrations.AddIndex(
            "company",
            models.Index(
                fields=["email"], name="company_by_email", opclasses=["varchar_pattern_ops"]
            ),
        ),
        migrations.AddIndex(
            "accessrequest",
            models.Index(
                fields=["email"], name="request_by_email", opclasses=["varchar_pattern_ops"]
            ),
        ),
        migrations.AddIndex("accessrequest", models.Index(fields=["cpf"], name="request_by_cpf")),
        migrations.RunPython(add, remove),
    ]
