"""Spreadsheets of orders that are brought in, and their rows."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0005_fiscal_notes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("uploaded", "Waiting to be checked"),
                            ("checking", "Being checked"),
                            ("checked", "Checked"),
                            ("refused", "Refused"),
                            ("applying", "Being carried out"),
                            ("applied", "Carried out"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                            ("discarded", "Discarded"),
                        ],
                        default="uploaded",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("file_key", models.CharField(blank=True, max_length=120)),
                (
                    "sha256",
                    models.CharField(
                        blank=True, db_index=True, max_length=64, verbose_name="SHA-256"
                    ),
                ),
                ("problem", models.TextField(blank=True, verbose_name="problem")),
                (
                    "counts",
                    models.JSONField(blank=True, default=dict, verbose_name="rows by outcome"),
                ),
                ("total", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                ("kept", models.PositiveIntegerField(default=0, verbose_name="kept when undone")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "checked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="checked at"),
                ),
                (
                    "applied_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="carried out at"),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
            ],
            options={
                "verbose_name": "import of orders",
                "verbose_name_plural": "imports of orders",
                "ordering": ("-pk",),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OrderBatchRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.PositiveIntegerField(verbose_name="line")),
                ("values", models.JSONField(default=dict, verbose_name="values")),
                ("errors", models.JSONField(blank=True, default=list, verbose_name="errors")),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("new", "New"), ("known", "Here already"), ("error", "Error")],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="orders.orderbatch",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of an import of orders",
                "verbose_name_plural": "rows of imports of orders",
            },
        ),
        migrations.AddConstraint(
            model_name="orderbatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("sha256", ""), _negated=True),
                    ("status__in", ("uploaded", "checking", "checked", "applying")),
                ),
                fields=("sha256",),
                name="orders_orderbatch_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderbatchrow",
            constraint=models.UniqueConstraint(
                fields=("batch", "line"), name="orders_batch_line_once"
            ),
        ),
    ]
