"""Slips keep the terms they were issued on; no two agreements give the same numbers."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from portal.payments.banks.accounts import BankAccount, series_of
from portal.ui.search import words_index_sql

_ACCOUNT = ("bank", "agency", "account", "code", "carteira", "variation", "long_numbers")


def keep_terms(apps: Any, _editor: BaseDatabaseSchemaEditor) -> None:
    """Each slip gets the terms of its agreement as they stand."""
    slips = apps.get_model("payments", "Slip").objects
    for agreement in apps.get_model("payments", "Agreement").objects.all():
        slips.filter(agreement=agreement).update(
            late_days=agreement.late_days, interest=agreement.interest, fine=agreement.fine,
            printed_instructions=agreement.instructions,
        )  # fmt: skip


def name_series(apps: Any, _editor: BaseDatabaseSchemaEditor) -> None:
    """Of agreements that share a series the first keeps its name; the others are told apart."""
    known = set()
    for agreement in apps.get_model("payments", "Agreement").objects.order_by("pk"):
        account = BankAccount(**{name: getattr(agreement, name) for name in _ACCOUNT})
        series = series_of(account)
        agreement.series = f"{series}:{agreement.pk}" if series in known else series
        known.add(series)
        agreement.save(update_fields=["series"])


def add(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(words_index_sql("payments_payer", "name", "payer_by_words"))


def remove(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP INDEX payer_by_words")


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_permissions_of_groups")]

    operations = [
        migrations.AddField(
            model_name="agreement", name="series",
            field=models.CharField(default="", editable=False, max_length=60),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="slip", name="fine",
            field=models.PositiveSmallIntegerField(
                default=0, verbose_name="fine, in hundredths of a percent"
            ),
        ),
        migrations.AddField(
            model_name="slip", name="printed_instructions",
            field=models.TextField(blank=True, verbose_name="instructions on the slip"),
        ),
        migrations.AddField(
            model_name="slip", name="interest",
            field=models.PositiveSmallIntegerField(
                default=0, verbose_name="interest a month, in hundredths of a percent"
            ),
        ),
        migrations.AddField(
            model_name="slip", name="late_days",
            field=models.PositiveSmallIntegerField(
                default=0, verbose_name="days the bank accepts late payment"
            ),
        ),
        migrations.RunPython(keep_terms, migrations.RunPython.noop),
        migrations.RunPython(name_series, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="agreement", name="series",
            field=models.CharField(editable=False, max_length=60, unique=True),
        ),
        migrations.AlterField(
            model_name="slip", name="number_text",
            field=models.CharField(
                db_index=True, max_length=25, verbose_name="number as printed"
            ),
        ),
        migrations.AddIndex(
            model_name="slip",
            index=models.Index(fields=["our_number"], name="payments_slip_number"),
        ),
        migrations.RunPython(add, remove),
    ]  # fmt: skip
