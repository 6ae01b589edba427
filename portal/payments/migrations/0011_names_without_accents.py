"""Names are found without their accents: the indexes of their words are made anew."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from portal.ui.search import remake_words_index

NAMES = {
    "payer_by_words": ("payments_payer", "name"),
}


def remake(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    for name, (table, column) in NAMES.items():
        remake_words_index(editor, table, column, name)


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_earlier_debits")]

    operations = [migrations.RunPython(remake, remake)]
