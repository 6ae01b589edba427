"""Names are found without their accents: the indexes of their words are made anew."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from portal.ui.search import remake_words_index

NAMES = {
    "order_by_holder_words": ("orders_order", "holder_name"),
    "order_by_company_words": ("orders_order", "company_name"),
}


def remake(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    for name, (table, column) in NAMES.items():
        remake_words_index(editor, table, column, name)


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_index_of_customer_types")]

    operations = [migrations.RunPython(remake, remake)]
