"""Money that left the account again: what a bank reversed, and what was given back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.payments.models.agreements import Agreement
from portal.payments.models.bank_files import BankFile
from portal.payments.models.charges import Charge
from portal.payments.models.settlements import Difference


class Debit(models.Model):
    """One amount that left the account, for the statement of its day. Amounts in cents, above zero.

    An undone one stays, with ``undone_at``, and counts no more: its file was undone, or the refund
    was noted by mistake.
    """

    class Kind(models.TextChoices):
        REVERSED = "reversed", _("Payment reversed")
        REFUND = "refund", _("Paid back")

    kind = models.CharField(_("what it was"), max_length=10, choices=Kind.choices)
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="debits", verbose_name=_("agreement")
    )
    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, null=True, blank=True, related_name="debits",
        verbose_name=_("charge"),
    )  # fmt: skip
    difference = models.ForeignKey(
        Difference, on_delete=models.PROTECT, null=True, blank=True, related_name="debits",
        verbose_name=_("difference"),
    )  # fmt: skip
    bank_file = models.ForeignKey(
        BankFile, on_delete=models.PROTECT, null=True, blank=True, related_name="debits",
        verbose_name=_("return file"),
    )  # fmt: skip
    number = models.CharField(_("number (nosso número)"), max_length=25, blank=True)
    # Of a bank's event alone: with these the same event in another file is known.
    movement = models.CharField(_("movement"), max_length=2, blank=True)
    ordinal = models.PositiveSmallIntegerField(default=0)
    debited_on = models.DateField(_("debited on"), db_index=True)
    paid_cents = models.PositiveBigIntegerField(_("paid"))
    net_cents = models.PositiveBigIntegerField(_("debited"))
    fee_cents = models.PositiveBigIntegerField(_("fee"), default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("noted at"))
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("debit")
        verbose_name_plural = _("debits")
        ordering = ("-pk",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "number", "movement", "debited_on", "paid_cents", "ordinal"],
                condition=Q(undone_at__isnull=True) & ~Q(movement=""),
                name="payments_debit_once",
            ),
            models.CheckConstraint(condition=Q(paid_cents__gt=0), name="payments_debit_positive"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.debited_on:%Y-%m-%d}"
