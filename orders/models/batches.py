"""Import of orders by a spreadsheet: what was handed in, and its rows."""

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from portal.batches.models import AbstractBatch, AbstractBatchRow, BatchJobs


class OrderBatch(AbstractBatch):
    """One spreadsheet of orders. Carried out, they are in the portal."""

    JOBS = BatchJobs(
        check="orders.check_batch", apply="orders.apply_batch", undo="orders.undo_batch"
    )
    URL_NAME = "orders:batch"
    APPLY_URL_NAME = "orders:batch_apply"

    class Meta(AbstractBatch.Meta):
        verbose_name = _("import of orders")
        verbose_name_plural = _("imports of orders")
        ordering = ("-pk",)


class OrderBatchRow(AbstractBatchRow):
    """One line of the spreadsheet, and the order that came of it."""

    class Outcome(models.TextChoices):
        NEW = "new", _("New")
        KNOWN = "known", _("Here already")
        ERROR = AbstractBatchRow.ERROR, _("Error")

    TO_APPLY = (Outcome.NEW,)
    OUTCOME_TONES: ClassVar[Mapping[str, str]] = {
        Outcome.NEW: "ok", Outcome.KNOWN: "muted", Outcome.ERROR: "bad",
    }  # fmt: skip

    batch = models.ForeignKey(OrderBatch, on_delete=models.CASCADE, related_name="rows")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    order = models.ForeignKey(
        Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("row of an import of orders")
        verbose_name_plural = _("rows of imports of orders")
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="orders_batch_line_once")
        ]

    @property
    def tone(self) -> str:
        """The badge tone of its outcome."""
        return self.OUTCOME_TONES.get(self.outcome, "info")

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.line}"
