"""Files to banks ("remessas"): what is asked of a bank about slips, and what it answered."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.payments.models.agreements import Agreement
from portal.payments.models.slips import Slip
from portal.transitions import FINAL


class Remittance(models.Model):
    """One file. Its number (NSA) is the account's next one, also after a file that was refused."""

    class Status(models.TextChoices):
        MADE = "made", _("Made, to be sent")
        SENT = "sent", _("Sent to the bank")
        REJECTED = "rejected", _("Refused by the bank")

    TRANSITIONS = {
        Status.MADE: {
            Status.SENT: "payments:remittance_sent",
            Status.REJECTED: "payments:remittance_rejected",
        },
        Status.SENT: {Status.REJECTED: "payments:remittance_rejected"},
        Status.REJECTED: FINAL,
    }
    AUDIT_ACTIONS = {
        Status.SENT: "remittance.sent", Status.REJECTED: "remittance.rejected",
    }  # fmt: skip

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="remittances", verbose_name=_("agreement")
    )
    number = models.PositiveIntegerField(_("number (NSA)"))
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.MADE
    )
    layout = models.CharField(_("layout"), max_length=20)
    content = models.TextField(editable=False)
    sha256 = models.CharField("SHA-256", max_length=64)
    instructions = models.PositiveIntegerField(_("instructions"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        verbose_name=_("made by"),
    )  # fmt: skip
    created_at = models.DateTimeField(_("made at"))
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("remessa")
        verbose_name_plural = _("remessas")
        ordering = ("-pk",)
        permissions = [("send_remittance", _("Can make and send remessas"))]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="payments_nsa_once")
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("payments:remittance", args=[self.pk])

    @property
    def file_name(self) -> str:
        return f"REM{self.agreement.bank}{self.number:06d}.REM"


class Instruction(models.Model):
    """One thing asked of the bank about a slip; without a remittance it waits to be sent."""

    class Movement(models.TextChoices):
        REGISTER = "01", _("Register")
        WITHDRAW = "02", _("Withdraw")
        CHANGE_DUE = "06", _("Change the due date")

    class Answer(models.TextChoices):
        NONE = "", _("No answer yet")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    remittance = models.ForeignKey(
        Remittance, on_delete=models.CASCADE, null=True, blank=True, related_name="items"
    )
    slip = models.ForeignKey(Slip, on_delete=models.PROTECT, related_name="instructions")
    movement = models.CharField(_("movement"), max_length=2, choices=Movement.choices)
    due_on = models.DateField(_("new due date"), null=True, blank=True)
    answer = models.CharField(
        _("answer"), max_length=10, choices=Answer.choices, default=Answer.NONE, blank=True
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("instruction to a bank")
        verbose_name_plural = _("instructions to banks")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["slip", "movement"], condition=Q(answer=""),
                name="payments_one_instruction",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.movement} {self.slip_id}"
