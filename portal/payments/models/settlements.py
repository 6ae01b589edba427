"""Money that came in, and the differences that a person has to deal with."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.payments.models.agreements import Agreement
from portal.payments.models.bank_files import BankFile, BankFileRow
from portal.payments.models.charges import Charge
from portal.payments.models.slips import Slip


class Settlement(models.Model):
    """One payment: of a line of a return file, or noted by hand. Amounts in cents.

    ``counted_cents`` is what counts towards the charge: the amount paid without the interest that
    the bank took. An undone one stays, with ``undone_at``, and counts no more. One that the bank
    reversed later, with ``reversed_at``, did come on its day but counts no more for its charge.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="settlements", verbose_name=_("agreement")
    )
    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, null=True, blank=True, related_name="settlements",
        verbose_name=_("charge"),
    )  # fmt: skip
    slip = models.ForeignKey(
        Slip, on_delete=models.PROTECT, null=True, blank=True, related_name="settlements",
        verbose_name=_("bank slip"),
    )  # fmt: skip
    bank_file = models.ForeignKey(
        BankFile, on_delete=models.PROTECT, null=True, blank=True, related_name="settlements",
        verbose_name=_("return file"),
    )  # fmt: skip
    row = models.OneToOneField(
        BankFileRow, on_delete=models.SET_NULL, null=True, blank=True, related_name="settlement"
    )
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=BankFileRow.Outcome.choices,
        default=BankFileRow.Outcome.SETTLES,
    )  # fmt: skip
    number = models.CharField(_("number (nosso número)"), max_length=25, blank=True)
    movement = models.CharField(_("movement"), max_length=2, blank=True)
    ordinal = models.PositiveSmallIntegerField(default=0)
    occurred_on = models.DateField(_("paid on"))
    # When the money is in the account; the statement goes by it.
    credited_on = models.DateField(_("credited on"), db_index=True)
    paid_cents = models.PositiveBigIntegerField(_("paid"))
    net_cents = models.PositiveBigIntegerField(_("credited"))
    fee_cents = models.PositiveBigIntegerField(_("fee"), default=0)
    interest_cents = models.PositiveBigIntegerField(_("interest"), default=0)
    counted_cents = models.PositiveBigIntegerField(_("counts for"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("noted at"))
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    reversed_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "number", "movement", "occurred_on", "paid_cents", "ordinal"],
                condition=Q(undone_at__isnull=True) & ~Q(movement=""),
                name="payments_event_once",
            ),
            models.CheckConstraint(
                condition=Q(paid_cents__gt=0), name="payments_settlement_positive"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.occurred_on:%Y-%m-%d}"


class Difference(models.Model):
    """What somebody has to look at: money that does not fit, or a bank's refusal."""

    class Kind(models.TextChoices):
        SHORT = "short", _("Paid too little")
        OVER = "over", _("Paid too much")
        DUPLICATE = "duplicate", _("Paid again")
        REPLACED = "replaced", _("Paid after withdrawal")
        UNKNOWN = "unknown", _("Paid under an unknown number")
        ADVANCE = "advance", _("Payment announced")
        REVERSED = "reversed", _("Payment reversed")
        REJECTED = "rejected", _("Refused by the bank")

    class Status(models.TextChoices):
        OPEN = "open", _("To be dealt with")
        ACCEPTED = "accepted", _("Accepted as it is")
        REFUNDED = "refunded", _("Paid back")
        ASSIGNED = "assigned", _("Assigned to a charge")
        TAKEN_BACK = "taken", _("Payment taken back")
        SETTLED = "settled", _("Settled by a later payment")
        RETRACTED = "retracted", _("Taken back by the bank")
        UNDONE = "undone", _("Its file was undone")

    TRANSITIONS = {
        Status.OPEN: {
            Status.ACCEPTED: "payments:difference_accept",
            Status.REFUNDED: ("payments:difference_refund", "payments:refund"),
            Status.ASSIGNED: "payments:difference_assign",
            Status.TAKEN_BACK: "payments:difference_take_back",
            Status.SETTLED: "payments.apply_file",
            Status.RETRACTED: "payments.apply_file",
            Status.UNDONE: ("payments.undo_file", "payments:difference_take_back"),
        },
        Status.ACCEPTED: {Status.OPEN: "payments:difference_reopen"},
        Status.REFUNDED: {Status.OPEN: "payments:difference_reopen"},
        Status.ASSIGNED: {Status.OPEN: "payments:difference_reopen"},
        Status.TAKEN_BACK: {Status.OPEN: "payments:difference_reopen"},
        Status.SETTLED: {Status.OPEN: ("payments:difference_reopen", "payments.undo_file")},
        Status.RETRACTED: {Status.OPEN: ("payments:difference_reopen", "payments.undo_file")},
        Status.UNDONE: {Status.OPEN: "payments:difference_reopen"},
    }  # fmt: skip
    AUDIT_ACTIONS = {
        Status.ACCEPTED: "difference.accepted",
        Status.REFUNDED: "difference.refunded",
        Status.ASSIGNED: "difference.assigned",
        Status.TAKEN_BACK: "difference.taken_back",
        Status.OPEN: "difference.reopened",
    }

    kind = models.CharField(_("difference"), max_length=10, choices=Kind.choices)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="differences", verbose_name=_("agreement")
    )
    row = models.OneToOneField(
        BankFileRow, on_delete=models.SET_NULL, null=True, blank=True, related_name="difference"
    )
    bank_file = models.ForeignKey(
        BankFile, on_delete=models.PROTECT, null=True, blank=True, related_name="differences"
    )
    settlement = models.ForeignKey(
        Settlement, on_delete=models.PROTECT, null=True, blank=True, related_name="differences"
    )
    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, null=True, blank=True, related_name="differences"
    )
    slip = models.ForeignKey(
        Slip, on_delete=models.PROTECT, null=True, blank=True, related_name="differences"
    )
    number = models.CharField(_("number (nosso número)"), max_length=25)
    # What is missing (below zero) or too much; for a refusal and an announcement, the amount.
    cents = models.BigIntegerField(_("amount"))
    # What the bank said, in its own code and in words.
    said = models.CharField(_("what the bank said"), max_length=300, blank=True)
    noted_at = models.DateTimeField(_("noted at"))
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+", verbose_name=_("dealt with by"),
    )  # fmt: skip
    resolved_at = models.DateTimeField(_("dealt with at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # Of money that was paid back: how ("Pix", "TED…") and when.
    refund_means = models.CharField(_("paid back by"), max_length=60, blank=True)
    refunded_on = models.DateField(_("paid back on"), null=True, blank=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ("-pk",)
        permissions = [("resolve_difference", _("Can deal with differences"))]
        indexes = [models.Index(fields=["status", "kind"], name="payments_difference_status")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("payments:difference", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def can_be_accepted(self) -> bool:
        """All but money of nobody, and money that was paid twice."""
        return self.is_open and self.kind not in (self.Kind.UNKNOWN, self.Kind.DUPLICATE)

    @property
    def can_be_refunded(self) -> bool:
        kinds = (self.Kind.OVER, self.Kind.DUPLICATE, self.Kind.REPLACED, self.Kind.UNKNOWN,
                 self.Kind.SHORT)  # fmt: skip
        return self.is_open and self.kind in kinds

    @property
    def can_be_assigned(self) -> bool:
        return self.is_open and self.kind == self.Kind.UNKNOWN

    @property
    def can_be_taken_back(self) -> bool:
        """A payment that the bank reversed."""
        return self.is_open and self.kind == self.Kind.REVERSED

    @property
    def can_be_reopened(self) -> bool:
        return self.status not in (self.Status.OPEN, self.Status.UNDONE)
