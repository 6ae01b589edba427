"""Names are found without their accents: the indexes of their words are made anew."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from portal.ui.search import remake_words_index

NAMES = {
    "company_by_words": ("accounts_company", "name"),
    "unit_by_words": ("accounts_unit", "name"),
    "user_by_words": ("accounts_user", "name"),
    "request_by_words": ("accounts_accessrequest", "name"),
    "request_by_unit_words": ("accounts_accessrequest", "unit_text"),
}


def remake(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    for name, (table, column) in NAMES.items():
        remake_words_index(editor, table, column, name)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0019_erasure_by_a_job")]

    operations = [migrations.RunPython(remake, remake)]
