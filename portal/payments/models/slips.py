"""Bank slips ("boletos"). One is open a charge; a replaced one that is paid all the same counts."""

from datetime import date, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.payments.banks.lines import print_line
from portal.payments.models.agreements import Agreement
from portal.payments.models.charges import Charge, Payer


class Slip(models.Model):
    """One slip as it was issued: nothing printed on it ever changes.

    ``our_number`` is the number within the agreement, ``number_text`` as the bank prints it, with
    its digit. ``barcode`` has 44 digits, ``line`` 47.
    """

    class Status(models.TextChoices):
        ISSUED = "issued", _("Issued")
        REGISTERED = "registered", _("Registered at the bank")
        REJECTED = "rejected", _("Refused by the bank")
        PAID = "paid", _("Paid")
        REPLACED = "replaced", _("Replaced")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    OPEN = (Status.ISSUED, Status.REGISTERED)
    _ENDS = {
        Status.PAID: ("payments.apply_file", "payments:settle"),
        Status.REPLACED: "payments:replace",
        Status.WITHDRAWN: ("payments:withdraw", "payments.apply_file"),
    }
    _UNDO = ("payments:bank_file_undo", "payments.undo_file")
    _TAKE_BACK = (*_UNDO, "payments:difference_take_back")
    TRANSITIONS = {
        Status.ISSUED: {
            Status.REGISTERED: ("payments.apply_file", "payments:remittance_by_hand"),
            Status.REJECTED: "payments.apply_file",
            **_ENDS,
        },
        Status.REGISTERED: {Status.ISSUED: _UNDO, **_ENDS},
        Status.REJECTED: {Status.ISSUED: _UNDO, **_ENDS},
        # Back to what it was before.
        Status.PAID: {
            Status.ISSUED: _TAKE_BACK,
            Status.REGISTERED: _TAKE_BACK,
            Status.REJECTED: _TAKE_BACK,
            Status.REPLACED: _TAKE_BACK,
            Status.WITHDRAWN: _TAKE_BACK,
        },
        Status.REPLACED: {Status.PAID: ("payments.apply_file", "payments:settle")},
        Status.WITHDRAWN: {
            Status.PAID: ("payments.apply_file", "payments:settle"),
            Status.ISSUED: _UNDO,
            Status.REGISTERED: _UNDO,
        },
    }

    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, related_name="slips", verbose_name=_("charge")
    )
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="slips", verbose_name=_("agreement")
    )
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="slips")
    our_number = models.PositiveBigIntegerField(_("number (nosso número)"))
    number_text = models.CharField(_("number as printed"), max_length=25, db_index=True)
    document_number = models.CharField(_("document number"), max_length=15)
    amount_cents = models.PositiveBigIntegerField(_("amount"))
    due_on = models.DateField(_("due on"))
    issued_at = models.DateTimeField(_("issued at"))
    barcode = models.CharField(_("bar code"), max_length=44, unique=True)
    line = models.CharField(_("line"), max_length=47)
    # The terms it was issued on, which the agreement may change for later ones.
    late_days = models.PositiveSmallIntegerField(_("days the bank accepts late payment"), default=0)
    interest = models.PositiveSmallIntegerField(
        _("interest a month, in hundredths of a percent"), default=0
    )
    fine = models.PositiveSmallIntegerField(_("fine, in hundredths of a percent"), default=0)
    printed_instructions = models.TextField(_("instructions on the slip"), blank=True)
    # The EMV text of a Pix that the bank returned for this slip.
    pix = models.TextField("Pix", blank=True)
    # What the bank last said of it, in its own code and words, and when.
    bank_said = models.CharField(_("what the bank said"), max_length=200, blank=True)
    bank_said_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.ISSUED
    )

    class Meta:
        verbose_name = _("bank slip")
        verbose_name_plural = _("bank slips")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "our_number"], name="payments_number_once"
            ),
            models.UniqueConstraint(
                fields=["charge"], condition=Q(status__in=["issued", "registered"]),
                name="payments_one_open_slip",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["our_number"], name="payments_slip_number")]

    def __str__(self) -> str:
        return self.number_text

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def last_day(self) -> date:
        """The last day on which the bank takes it: the due date, or days after it."""
        return self.due_on + timedelta(days=self.late_days)

    @property
    def printed_line(self) -> str:
        return print_line(self.line)
