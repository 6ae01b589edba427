"""Invoice data entered or imported by staff, from which the PDF is generated."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from invoices.models.documents import Document, DocumentType
from portal.accounts.models import Unit
from portal.transitions import FINAL


class InvoiceDraft(models.Model):
    """The data of one invoice; published, it becomes a document."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        DISCARDED = "discarded", _("Discarded")

    TRANSITIONS = {
        Status.DRAFT: {
            Status.PUBLISHED: "invoices:draft_publish",
            Status.DISCARDED: "invoices:draft_discard",
        },
        Status.PUBLISHED: FINAL,
        Status.DISCARDED: FINAL,
    }
    AUDIT_ACTIONS = {Status.PUBLISHED: "draft.published", Status.DISCARDED: "draft.discarded"}

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    type = models.ForeignKey(
        DocumentType, on_delete=models.PROTECT, related_name="+", verbose_name=_("type")
    )
    period = models.DateField(_("period"))
    number = models.CharField(_("number"), max_length=40)
    due_date = models.DateField(_("due date"))
    notes = models.TextField(_("notes"), max_length=2000, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    # Counts the changes: what was read, signed and is to be published is still what stands here.
    revision = models.PositiveIntegerField(_("revision"), default=0, editable=False)
    # Its data are the document's content: they end with it.
    document = models.OneToOneField(
        Document, on_delete=models.CASCADE, null=True, blank=True, related_name="draft"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("invoice draft")
        verbose_name_plural = _("invoice drafts")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "type", "period", "number"],
                condition=models.Q(status="draft"),
                name="one_draft_per_invoice",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.number}"

    @property
    def audit_company(self) -> int:
        """In whose audit chain its steps stand."""
        return self.unit.company_id

    @property
    def total_cents(self) -> int:
        return sum(item.total_cents for item in self.items.all())


class InvoiceItem(models.Model):
    """One line of an invoice. ``quantity`` is in thousandths, so that 1.5 hours stay exact."""

    draft = models.ForeignKey(InvoiceDraft, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField(default=0)
    description = models.CharField(_("description"), max_length=200)
    quantity_milli = models.PositiveBigIntegerField(_("quantity"), default=1000)
    price_cents = models.BigIntegerField(_("unit price"))

    class Meta:
        verbose_name = _("invoice item")
        verbose_name_plural = _("invoice items")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.description

    @property
    def total_cents(self) -> int:
        """Quantity times price, half a cent away from zero."""
        thousandths = self.quantity_milli * self.price_cents
        sign = -1 if thousandths < 0 else 1
        return sign * ((abs(thousandths) + 500) // 1000)
