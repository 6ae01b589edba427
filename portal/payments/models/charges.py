"""What is owed, and by whom. A desk raises a charge and is told what becomes of it."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.payments.models.agreements import Agreement
from portal.states import STATES
from portal.taxid import TaxIdField

VIEW = "payments.view_charge"
SETTLE = "payments.settle_charge"
WITHDRAW = "payments.withdraw_charge"


class Payer(models.Model):
    """Who pays, as it stands on the slip. Never changed: another payer is another row."""

    name = models.CharField(_("name"), max_length=120)
    tax_id = TaxIdField(_("CPF or CNPJ"), db_index=True)
    email = models.EmailField(_("e-mail"), blank=True)
    street = models.CharField(_("street and number"), max_length=120, blank=True)
    complement = models.CharField(_("complement"), max_length=60, blank=True)
    district = models.CharField(_("district"), max_length=60, blank=True)
    city = models.CharField(_("city"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=2, choices=[(s, s) for s in STATES], blank=True)
    cep = models.CharField("CEP", max_length=8, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("payer")
        verbose_name_plural = _("payers")

    def __str__(self) -> str:
        return self.name


class Charge(models.Model):
    """An amount that is owed for ``about``, another app's object named ``app.model:key``."""

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for payment")
        PARTLY = "partly", _("Partly paid")
        SETTLED = "settled", _("Paid")
        OVER = "over", _("Paid too much")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # Money comes: by a file, by hand, or a payment of nobody that is assigned.
    _SETTLES = ("payments.apply_file", "payments:settle", "payments:difference_assign")
    # Money goes: its file is undone, it is paid back, or what was decided is taken back.
    _GIVES_BACK = (
        "payments.undo_file", "payments:refund", "payments:difference_refund",
        "payments:difference_reopen", "payments:difference_take_back",
    )  # fmt: skip
    TRANSITIONS = {
        Status.OPEN: {
            Status.PARTLY: (*_SETTLES, "payments:difference_reopen"),
            Status.SETTLED: (*_SETTLES, "payments:difference_reopen"),
            Status.OVER: (*_SETTLES, "payments:difference_reopen"),
            Status.WITHDRAWN: "payments:withdraw",
        },
        Status.PARTLY: {
            Status.OPEN: _GIVES_BACK,
            Status.SETTLED: (*_SETTLES, "payments:difference_accept"),
            Status.OVER: _SETTLES,
            Status.WITHDRAWN: "payments:withdraw",
        },
        Status.SETTLED: {
            Status.OVER: (*_SETTLES, "payments:difference_reopen"),
            Status.OPEN: _GIVES_BACK,
            Status.PARTLY: _GIVES_BACK,
            Status.WITHDRAWN: "payments:withdraw",  # by the desk that raised it alone
        },
        Status.OVER: {
            Status.OPEN: _GIVES_BACK,
            Status.PARTLY: _GIVES_BACK,
            Status.SETTLED: (*_GIVES_BACK, "payments:difference_accept"),
            Status.WITHDRAWN: "payments:withdraw",
        },
        # Money that came for it is kept: it counts again.
        Status.WITHDRAWN: {
            Status.PARTLY: "payments:difference_accept",
            Status.SETTLED: "payments:difference_accept",
            Status.OVER: "payments:difference_accept",
        },
    }  # fmt: skip
    HISTORY = "events"
    AUDIT_ACTIONS = {
        Status.SETTLED: "charge.settled",
        Status.PARTLY: "charge.partly_paid",
        Status.OVER: "charge.overpaid",
        Status.WITHDRAWN: "charge.withdrawn",
        Status.OPEN: "charge.reopened",
    }

    about = models.CharField(_("what for"), max_length=80, db_index=True)
    description = models.CharField(_("description"), max_length=120)
    payer = models.ForeignKey(
        Payer, on_delete=models.PROTECT, related_name="charges", verbose_name=_("payer")
    )
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="charges", verbose_name=_("agreement")
    )
    amount_cents = models.PositiveBigIntegerField(_("amount"))
    # All that came for it without interest and fine, before anything was given back.
    settled_cents = models.PositiveBigIntegerField(_("paid"), default=0)
    refunded_cents = models.PositiveBigIntegerField(_("given back"), default=0)
    due_on = models.DateField(_("due on"))
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("raised at"))
    settled_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    # When its desk was told that it is late.
    late_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["about"], condition=~Q(status="withdrawn"),
                name="payments_one_charge_in_force",
            ),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payments_charge_positive"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["status", "due_on"], name="payments_charge_due"),
            models.Index(fields=["-due_on", "-id"], name="payments_charge_newest"),
        ]
        permissions = [
            ("settle_charge", _("Can note payments received by other ways")),
            ("withdraw_charge", _("Can withdraw charges, accept short payments, note refunds")),
        ]

    def __str__(self) -> str:
        return f"{self.description} ({self.pk})"

    def get_absolute_url(self) -> str:
        return reverse("payments:charge", args=[self.pk])

    @property
    def tone(self) -> str:
        """Colour of its state on a page."""
        return {"settled": "ok", "partly": "warn", "over": "warn", "withdrawn": "muted"}.get(
            self.status, "wait"
        )

    @property
    def kept_cents(self) -> int:
        """What came and was not given back."""
        return self.settled_cents - self.refunded_cents

    @property
    def missing_cents(self) -> int:
        """What is still owed."""
        return max(0, self.amount_cents - self.kept_cents)

    @property
    def to_refund_cents(self) -> int:
        """What came too much: all of it once the charge is withdrawn."""
        owed = 0 if self.status == self.Status.WITHDRAWN else self.amount_cents
        return max(0, self.kept_cents - owed)

    def status_with(self, kept_cents: int) -> Status:
        """Its state, unless it is withdrawn, when so much came and was not given back.

        Where nothing is kept it is open, also over an amount within the agreement's tolerance.
        """
        if not kept_cents:
            return self.Status.OPEN
        difference = kept_cents - self.amount_cents
        if abs(difference) <= self.agreement.tolerance_cents:
            return self.Status.SETTLED
        return self.Status.OVER if difference > 0 else self.Status.PARTLY

    @property
    def is_owed(self) -> bool:
        return self.status in (self.Status.OPEN, self.Status.PARTLY)

    @property
    def may_get_another_payer(self) -> bool:
        """Whether it is worth offering: ``services.charges.change_payer`` looks at the bank's news too."""
        return self.status == self.Status.OPEN and not self.settled_cents

    def is_late(self, today: date) -> bool:
        return self.is_owed and self.due_on < today


class ChargeEvent(models.Model):
    """What happened to a charge: raised, slip issued, paid, withdrawn."""

    charge = models.ForeignKey(Charge, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("event"), max_length=20)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("event of a charge")
        verbose_name_plural = _("events of charges")
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"
