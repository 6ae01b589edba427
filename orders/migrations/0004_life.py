"""Refunds, numbers of companies and responsible people that are looked up, rules of time."""

import django.db.models.deletion
import portal.taxid
from portal.ui.search import words_index_sql
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


NAMES = {
    "order_by_holder_words": ("orders_order", "holder_name"),
    "order_by_company_words": ("orders_order", "company_name"),
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
    dependencies = [
        ("accounts", "0018_withdrawn_by"),
        ("orders", "0003_appointments"),
        ("payments", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="order",
            options={
                "ordering": ("-requested_at", "-pk"),
                "permissions": [
                    ("validate_order", "Can validate orders"),
                    ("verify_order", "Can verify orders"),
                    ("export_order", "Can export orders"),
                    ("refund_order", "Can decide about money of orders that ended"),
                    ("import_order", "Can import orders"),
                ],
                "verbose_name": "order",
                "verbose_name_plural": "orders",
            },
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="orders_two_people",
        ),
        migrations.AddField(
            model_name="order",
            name="refund_note",
            field=models.CharField(blank=True, max_length=300, verbose_name="refund"),
        ),
        migrations.AddField(
            model_name="order",
            name="refunded_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="refunded at"),
        ),
        migrations.AddField(
            model_name="order",
            name="refunded_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="refund noted by",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="company_cnpj",
            field=portal.taxid.CNPJField(
                blank=True, db_index=True, max_length=14, verbose_name="CNPJ"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="responsible_cpf",
            field=portal.taxid.CPFField(
                blank=True,
                db_index=True,
                max_length=11,
                verbose_name="CPF of the responsible person",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["product", "-requested_at", "-id"], name="orders_by_product"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["responsible_email"], name="orders_by_responsible_email"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["status", "status_since", "id"], name="orders_by_age"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("money_waits", True)),
                fields=["-requested_at", "-id"],
                name="orders_money",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status__in", ["issued", "delivered"])),
                fields=["valid_until", "id"],
                name="orders_valid_until",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verified_by__isnull", True),
                    models.Q(
                        ("validated_by__isnull", False),
                        models.Q(("verified_by", models.F("validated_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="orders_two_people",
            ),
        ),
        migrations.RunPython(add, remove),
    ]
