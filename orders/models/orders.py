"""Orders of certificates: what was ordered, for whom, and how far it has come."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.catalogue import CustomerType, Product
from portal.accounts.models import Company, Grant
from portal.payments.models import Charge, Payer
from portal.taxid import CNPJField, CPFField
from portal.transitions import FINAL

SERVICE = "orders"  # that a grant must open
VIEW = "orders.view_order"
CHANGE = "orders.change_order"
VALIDATE = "orders.validate_order"
VERIFY = "orders.verify_order"
REFUND = "orders.refund_order"
EXPORT = "orders.export_order"
IMPORT = "orders.import_order"


# Badge tones of states; "wait" for those in which somebody has to do something.
_TONES = {
    "approved": "info", "issuing": "info", "issued": "ok", "delivered": "ok", "revoked": "bad",
    "expired": "muted", "refused": "bad", "cancelled": "muted", "review": "warn", "documents": "warn",
}  # fmt: skip


class NumberCounter(models.Model):
    """The last number given to an order: one row, taken in the order's own transaction."""

    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: Any, *, at: datetime | None = None) -> Self:
        """The orders that this person may see: one rule for lists, pages, search and files.

        The holder and the responsible person see theirs, once the portal knows them
        (``services.matching``); an administrator of a company sees the company's, where the grant
        opens this service. A session that a certificate limits to a CNPJ sees that one's only.
        Staff need ``orders.view_order``.
        """
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.is_staff:
            return self if user.has_perm(VIEW) else self.none()
        held = Grant.objects.held_by(user, at or timezone.now(), service=SERVICE)
        companies = held.filter(level=Grant.Level.ADMINISTER, company__isnull=False)
        rows = self.model._default_manager.order_by()
        of_companies = rows.filter(company__in=companies.values("company")).values("pk")
        if user.is_limited:
            # Whom the e-CNPJ names besides sees the orders of that CNPJ which are theirs: there they
            # confirm its renewal.
            own = rows.filter(company_cnpj=user.opening.cnpj).filter(
                Q(holder=user) | Q(responsible=user)
            )
            return self.filter(pk__in=of_companies.union(own.values("pk")))
        keys = (
            rows.filter(holder=user)
            .values("pk")
            .union(rows.filter(responsible=user).values("pk"), of_companies)
        )
        return self.filter(pk__in=keys)


class Order(models.Model):
    """One order of a certificate ("pedido"), as the client reads it in Serviços Online.

    ``holder_…`` is whom the certificate names, as typed; ``holder`` is that person's account, set
    only once the e-mail of the order was proven. ``issued_on`` may lie before ``requested_at``:
    orders that come from older systems are dated so, and are shown as they are.
    """

    class Status(models.TextChoices):
        INCOMPLETE = "incomplete", pgettext_lazy("order", "Incomplete")
        AWAITING_PAYMENT = "payment", _("Waiting for payment")
        AWAITING_AUTHORIZATION = "authorization", _("Waiting for the public body's authorisation")
        PAYMENT_REVIEW = "review", _("Payment under review")
        AWAITING_APPOINTMENT = "appointment", _("Waiting for an appointment")
        AWAITING_VALIDATION = "validation", _("Waiting for validation")
        PENDING_DOCUMENTS = "documents", _("Documents pending")
        AWAITING_VERIFICATION = "verification", _("Waiting for verification")
        APPROVED = "approved", pgettext_lazy("order", "Approved")
        ISSUING = "issuing", _("Being issued")
        ISSUED = "issued", pgettext_lazy("order", "Issued")
        DELIVERED = "delivered", pgettext_lazy("order", "Delivered")
        REVOKED = "revoked", pgettext_lazy("order", "Revoked")
        EXPIRED = "expired", pgettext_lazy("order", "Expired")
        REFUSED = "refused", pgettext_lazy("order", "Refused")
        CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")

    _CANCEL = ("orders:cancel", "orders:desk_cancel")
    _REFUSE = "orders:desk_refuse"
    # The listener of ``services.payment`` takes these at once; the beat takes what it missed.
    _PAYMENT = "orders.tasks.follow_payments"
    # The client confirms a renewal with the certificate; what is paid goes on by that at once.
    _CONFIRM = ("orders:renewal_confirm", "orders:renewal_sign")
    TRANSITIONS = {
        Status.INCOMPLETE: {
            Status.AWAITING_PAYMENT: "orders:conclude",
            Status.AWAITING_AUTHORIZATION: "orders:conclude",
            # It costs nothing; or of an order that was charged before, money is kept that came late.
            Status.AWAITING_APPOINTMENT: ("orders:conclude", _PAYMENT),
            Status.AWAITING_VALIDATION: ("orders:conclude", _PAYMENT),
            Status.PAYMENT_REVIEW: _PAYMENT,
            Status.CANCELLED: (*_CANCEL, "orders.tasks.cancel_unpaid"),
        },
        Status.AWAITING_PAYMENT: {
            Status.INCOMPLETE: _PAYMENT,  # its charge was withdrawn
            Status.AWAITING_APPOINTMENT: _PAYMENT,
            Status.AWAITING_VALIDATION: _PAYMENT,
            Status.PAYMENT_REVIEW: _PAYMENT,
            Status.CANCELLED: (*_CANCEL, "orders.tasks.cancel_unpaid"),
        },
        Status.AWAITING_AUTHORIZATION: {
            Status.AWAITING_APPOINTMENT: "orders:desk_authorize",
            Status.AWAITING_VALIDATION: "orders:desk_authorize",
            Status.REFUSED: _REFUSE,
            Status.CANCELLED: _CANCEL,
        },
        Status.PAYMENT_REVIEW: {
            Status.INCOMPLETE: _PAYMENT,
            Status.AWAITING_PAYMENT: _PAYMENT,
            Status.AWAITING_APPOINTMENT: _PAYMENT,
            Status.AWAITING_VALIDATION: _PAYMENT,
            Status.CANCELLED: "orders:desk_cancel",
        },
        Status.AWAITING_APPOINTMENT: {
            Status.AWAITING_VALIDATION: (
                "orders:appointment_confirm", "orders:agenda_book", *_CONFIRM,
            ),
            Status.AWAITING_PAYMENT: _PAYMENT,
            Status.CANCELLED: "orders:desk_cancel",
        },
        Status.AWAITING_VALIDATION: {
            Status.AWAITING_APPOINTMENT: (
                "orders:appointment_cancel", "orders:agenda_cancel", "orders:agenda_missed",
                "orders:renewal_in_person",
            ),
            Status.PENDING_DOCUMENTS: "orders:desk_pend",
            Status.AWAITING_VERIFICATION: ("orders:desk_validate", *_CONFIRM, _PAYMENT),
            Status.REFUSED: _REFUSE,
            Status.CANCELLED: "orders:desk_cancel",
        },
        Status.PENDING_DOCUMENTS: {
            Status.AWAITING_VALIDATION: ("orders:conclude", "orders:desk_resume"),
            Status.AWAITING_APPOINTMENT: ("orders:conclude", "orders:desk_resume"),
            Status.REFUSED: _REFUSE,
            Status.CANCELLED: "orders:desk_cancel",
        },
        Status.AWAITING_VERIFICATION: {
            Status.APPROVED: ("orders:desk_verify", *_CONFIRM, _PAYMENT),
            Status.AWAITING_VALIDATION: "orders:desk_return",
            Status.PENDING_DOCUMENTS: "orders:desk_pend",
            Status.REFUSED: _REFUSE,
        },
        Status.APPROVED: {
            Status.ISSUING: ("orders:desk_issuing", "orders:emission_request"),
            Status.ISSUED: "orders:desk_issued",
            Status.REFUSED: _REFUSE,
            Status.CANCELLED: "orders:desk_cancel",
        },
        Status.ISSUING: {
            Status.ISSUED: ("orders:desk_issued", "orders.ask_authority"),
            Status.APPROVED: ("orders:desk_failed", "orders.ask_authority"),
        },
        Status.ISSUED: {
            Status.DELIVERED: ("orders:conclude", "orders:desk_deliver"),
            Status.REVOKED: "orders:desk_revoke",
            Status.EXPIRED: "orders.tasks.expire",
        },
        Status.DELIVERED: {
            Status.REVOKED: "orders:desk_revoke",
            Status.EXPIRED: "orders.tasks.expire",
        },
        Status.REVOKED: FINAL,
        Status.EXPIRED: FINAL,
        # Not paid, it begins anew: the client says who pays.
        Status.REFUSED: {
            Status.INCOMPLETE: "orders:desk_reopen",
            Status.AWAITING_AUTHORIZATION: "orders:desk_reopen",
            Status.PAYMENT_REVIEW: "orders:desk_reopen",
            Status.AWAITING_APPOINTMENT: "orders:desk_reopen",
            Status.AWAITING_VALIDATION: "orders:desk_reopen",
        },
        Status.CANCELLED: {
            Status.INCOMPLETE: "orders:desk_reopen",
            Status.PAYMENT_REVIEW: "orders:desk_reopen",
            Status.AWAITING_APPOINTMENT: "orders:desk_reopen",
            Status.AWAITING_VALIDATION: "orders:desk_reopen",
        },
    }  # fmt: skip
    HISTORY = "events"
    AUDIT_ACTIONS = {status: f"order.{status.value}" for status in Status}

    number = models.PositiveIntegerField(_("number"), unique=True)
    status = models.CharField(
        _("status"), max_length=13, choices=Status.choices, default=Status.INCOMPLETE
    )
    # When it came into its state: for deadlines and ageing.
    status_since = models.DateTimeField(_("in this state since"))
    # Empty for some orders of older systems.
    customer_type = models.CharField(
        _("type of customer"), max_length=7, choices=CustomerType.choices, blank=True
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="orders", verbose_name=_("product")
    )
    # As it was sold, whatever the product is called later.
    product_name = models.CharField(_("product"), max_length=80)
    price_cents = models.PositiveIntegerField(_("price"))
    requested_at = models.DateTimeField(_("requested at"))
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    serial = models.CharField(_("serial number of the certificate"), max_length=64, blank=True)

    holder_name = models.CharField(_("name of the holder"), max_length=120)
    holder_cpf = CPFField(_("CPF of the holder"), db_index=True)
    holder_email = models.EmailField(_("e-mail of the holder"))
    holder_phone = models.CharField(_("phone of the holder"), max_length=20, blank=True)
    holder_born_on = models.DateField(_("date of birth of the holder"), null=True, blank=True)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="orders_held", verbose_name=_("account of the holder"),
    )  # fmt: skip
    company_cnpj = CNPJField("CNPJ", blank=True, db_index=True)
    company_name = models.CharField(_("company or public body"), max_length=150, blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders",
        verbose_name=_("company in the portal"),
    )  # fmt: skip
    responsible_name = models.CharField(_("responsible person"), max_length=120, blank=True)
    responsible_cpf = CPFField(_("CPF of the responsible person"), blank=True, db_index=True)
    responsible_email = models.EmailField(_("e-mail of the responsible person"), blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="orders_answered_for", verbose_name=_("account of the responsible person"),
    )  # fmt: skip

    payer = models.ForeignKey(
        Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("payer"),
    )  # fmt: skip
    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("charge"),
    )  # fmt: skip
    # A public body pays by its agreement with the provider: its authorisation stands for a payment.
    by_agreement = models.BooleanField(_("paid by agreement"), default=False)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    # Money that came after the order was cancelled: somebody decides (reopen or refund).
    money_waits = models.BooleanField(_("money waits for a decision"), default=False)
    # How it was given back, to whom: the payer reads it.
    refund_note = models.CharField(_("refund"), max_length=300, blank=True)
    refunded_at = models.DateTimeField(_("refunded at"), null=True, blank=True)
    refunded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("refund noted by"),
    )  # fmt: skip

    validated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("validated by"),
    )  # fmt: skip
    # By what the holder confirmed with the certificate that is renewed, without an agent.
    validated_by_system = models.BooleanField(_("validated by the system"), default=False)
    validated_at = models.DateTimeField(_("validated at"), null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("verified by"),
    )  # fmt: skip
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("registered by"),
    )  # fmt: skip

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("certificate", "order")
        verbose_name_plural = pgettext_lazy("certificate", "orders")
        ordering = ("-requested_at", "-pk")
        permissions = [
            ("validate_order", _("Can validate orders")),
            ("verify_order", _("Can verify orders")),
            ("export_order", _("Can export orders")),
            ("refund_order", _("Can decide about money of orders that ended")),
            ("import_order", _("Can import orders")),
        ]
        constraints = [
            # The one who verifies a dossier is not the one who validated it. A confirmed renewal the
            # system validated: then one person verifies.
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True)
                | Q(validated_by_system=True)
                | Q(validated_by__isnull=False) & ~Q(verified_by=F("validated_by")),
                name="orders_two_people",
            ),
            models.CheckConstraint(
                condition=Q(validated_by_system=False) | Q(validated_by__isnull=True),
                name="orders_person_or_system",
            ),
            models.CheckConstraint(
                condition=Q(by_agreement=False) | Q(customer_type="public"),
                name="orders_agreement_of_public",
            ),
        ]
        indexes = [
            models.Index(fields=["-requested_at", "-id"], name="orders_newest"),
            models.Index(fields=["status", "-requested_at", "-id"], name="orders_by_status"),
            models.Index(fields=["product", "-requested_at", "-id"], name="orders_by_product"),
            models.Index(fields=["customer_type", "-requested_at", "-id"], name="orders_by_type"),
            models.Index(fields=["holder_email"], name="orders_by_email"),
            models.Index(fields=["responsible_email"], name="orders_by_responsible_email"),
            # The rules of time look at few states, however many orders have ended.
            models.Index(fields=["status", "status_since", "id"], name="orders_by_age"),
            models.Index(
                fields=["-requested_at", "-id"], condition=Q(money_waits=True), name="orders_money"
            ),
            models.Index(
                fields=["valid_until", "id"],
                condition=Q(status__in=["issued", "delivered"]),
                name="orders_valid_until",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

    def get_absolute_url(self) -> str:
        return reverse("orders:services", args=[self.number])

    @property
    def about(self) -> str:
        """Its name in charges and other desks."""
        return f"orders.order:{self.pk}"

    @property
    def audit_company(self) -> int | None:
        return self.company_id

    @property
    def desk_url(self) -> str:
        """Its page for staff."""
        return reverse("orders:desk_order", args=[self.number])

    @property
    def tone(self) -> str:
        """The badge tone of its state."""
        return _TONES.get(self.status, "wait")

    @property
    def holder_can_be_corrected(self) -> bool:
        """Until it is confirmed; CPF and CNPJ only while nothing was charged."""
        return self.status == self.Status.INCOMPLETE

    @property
    def tax_ids_can_be_corrected(self) -> bool:
        return self.holder_can_be_corrected and self.charge_id is None

    @property
    def is_renewal(self) -> bool:
        return self.product.is_renewal
