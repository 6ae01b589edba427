"""Fiscal notes of services (NFS-e), what happened to them, and the batches they came in."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.orders import Order
from orders.nfse.content import ABRASF, ABRASF_CANCELLED, ABRASF_SUBSTITUTED, NATIONAL
from orders.nfse.keys import grouped
from portal.batches.models import AbstractBatch, AbstractBatchRow, BatchJobs
from portal.taxid import TaxIdField

VIEW_NOTES = "orders.view_fiscalnote"
CHANGE_NOTES = "orders.change_fiscalnote"
# What an event is called, by the codes of the national system and those of ABRASF (ours).
EVENTS = {
    "101101": pgettext_lazy("note", "Cancelled"),
    "105102": _("Substituted by another note"),
    "101103": _("The provider asked the city to look into a cancellation"),
    "105104": _("Cancelled: the city granted it"),
    "105105": _("The city denied the cancellation: the note stays valid"),
    "202201": _("The provider confirmed the note"),
    "203202": _("The taker confirmed the note"),
    "204203": _("The intermediary confirmed the note"),
    "205204": _("Confirmed by silence: nobody objected in time"),
    "202205": _("The provider rejected the note"),
    "203206": _("The taker rejected the note"),
    "204207": _("The intermediary rejected the note"),
    "205208": _("A rejection was annulled"),
    "305101": _("Cancelled by the city"),
    "305102": _("The city blocked the note: certain events are not possible"),
    "305103": _("The city lifted the block"),
    ABRASF_CANCELLED: pgettext_lazy("note", "Cancelled"),
    ABRASF_SUBSTITUTED: _("Substituted by another note"),
}
CANCELLING = ("101101", "105104", "305101", ABRASF_CANCELLED)
SUBSTITUTING = ("105102", ABRASF_SUBSTITUTED)


class NoteQuerySet(models.QuerySet["FiscalNote"]):
    def visible_to(self, user: Any) -> Self:
        """Those of the orders that this person may see; staff need ``orders.view_fiscalnote``."""
        if user.is_authenticated and user.is_active and user.is_staff:
            return self if user.has_perm(VIEW_NOTES) else self.none()
        return self.filter(order__in=Order.objects.visible_to(user).order_by().values("pk"))

    def without_order(self) -> Self:
        """The work list: notes of which nobody has said to which order they belong."""
        return self.filter(order__isnull=True, set_aside_at__isnull=True)


class FiscalNote(models.Model):
    """One note as its issuer wrote it. What it says never changes; what happens to it are events.

    ``identity`` is its own among all notes: the access key of 50 characters, or for ABRASF city,
    provider and number. ``rate`` in percent.
    """

    class Layout(models.TextChoices):
        NATIONAL = NATIONAL, _("National NFS-e")
        ABRASF = ABRASF, "ABRASF"

    class Standing(models.TextChoices):
        VALID = "valid", pgettext_lazy("note", "Valid")
        CANCELLED = "cancelled", pgettext_lazy("note", "Cancelled")
        SUBSTITUTED = "substituted", pgettext_lazy("note", "Substituted")

    TONES: ClassVar[Mapping[str, str]] = {
        Standing.VALID: "ok", Standing.CANCELLED: "bad", Standing.SUBSTITUTED: "warn",
    }  # fmt: skip

    identity = models.CharField(max_length=60, unique=True)
    layout = models.CharField(_("layout"), max_length=8, choices=Layout.choices)
    version = models.CharField(_("version of the layout"), max_length=8, blank=True)
    key = models.CharField(_("access key"), max_length=50, blank=True)
    number = models.CharField(_("number"), max_length=20, db_index=True)
    verification_code = models.CharField(_("verification code"), max_length=40, blank=True)
    city = models.CharField(_("municipality (IBGE)"), max_length=7, blank=True)
    issued_at = models.DateTimeField(_("issued at"))
    competence = models.DateField(_("competence"))
    # What its events come to; see ``services.notes``.
    standing = models.CharField(
        _("status"), max_length=11, choices=Standing.choices, default=Standing.VALID
    )
    is_test = models.BooleanField(_("made in the test environment"), default=False)
    provider_name = models.CharField(_("provider"), max_length=300)
    provider_tax_id = TaxIdField(_("CPF or CNPJ of the provider"))
    taker_name = models.CharField(_("taker"), max_length=300, blank=True)
    taker_tax_id = TaxIdField(_("CPF or CNPJ of the taker"), blank=True, db_index=True)
    service = models.TextField(_("service"), blank=True)
    service_code = models.CharField(_("code of the service"), max_length=20, blank=True)
    service_cents = models.PositiveBigIntegerField(_("price of the service"))
    deductions_cents = models.PositiveBigIntegerField(_("deductions"), default=0)
    base_cents = models.PositiveBigIntegerField(_("base of calculation"), default=0)
    rate = models.DecimalField(_("rate"), max_digits=7, decimal_places=4, null=True, blank=True)
    iss_cents = models.PositiveBigIntegerField("ISS", default=0)
    iss_withheld = models.BooleanField(_("ISS withheld by the taker"), default=False)
    net_cents = models.PositiveBigIntegerField(_("net amount"), default=0)
    # The identity of the note that this one substitutes.
    replaces = models.CharField(max_length=60, blank=True)
    file_key = models.CharField(max_length=120)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)

    order = models.ForeignKey(
        Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="notes",
        verbose_name=pgettext_lazy("certificate", "order"),
    )  # fmt: skip
    tied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("tied by"),
    )  # fmt: skip
    tied_at = models.DateTimeField(_("tied at"), null=True, blank=True)
    set_aside_at = models.DateTimeField(_("set aside at"), null=True, blank=True)
    set_aside_why = models.CharField(_("why it belongs to no order"), max_length=300, blank=True)
    added_at = models.DateTimeField(_("imported at"))

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("fiscal note")
        verbose_name_plural = _("fiscal notes")
        ordering = ("-issued_at", "-pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(order__isnull=True) | Q(set_aside_at__isnull=True),
                name="orders_note_tied_or_aside",
            ),
        ]
        indexes = [
            models.Index(fields=["-issued_at", "-id"], name="orders_notes_newest"),
            models.Index(
                fields=["-issued_at", "-id"], name="orders_notes_loose",
                condition=Q(order__isnull=True, set_aside_at__isnull=True),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"NFS-e {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("orders:fiscal_note", args=[self.pk])

    @property
    def tone(self) -> str:
        return self.TONES[self.standing]

    @property
    def grouped_key(self) -> str:
        return grouped(self.key)


class NoteEvent(models.Model):
    """What happened to a note. One that comes before its note waits for it (``note`` is empty)."""

    identity = models.CharField(max_length=80, unique=True)
    note_identity = models.CharField(_("key of the note"), max_length=60, db_index=True)
    note = models.ForeignKey(
        FiscalNote, on_delete=models.SET_NULL, null=True, blank=True, related_name="events",
        verbose_name=_("fiscal note"),
    )  # fmt: skip
    code = models.CharField(_("event"), max_length=6)
    at = models.DateTimeField(_("at"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # The identity of the note that took its place.
    other = models.CharField(max_length=60, blank=True)
    # Its XML, as it came; of ABRASF that of the note, which says its events itself. Empty for those
    # that were imported before XMLs of events were kept.
    file_key = models.CharField(max_length=120, blank=True)
    size = models.PositiveIntegerField(_("size"), default=0)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    added_at = models.DateTimeField(_("imported at"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("imported by"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("event of a note")
        verbose_name_plural = _("events of notes")
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return str(self.label)

    @property
    def label(self) -> str:
        """What happened, in plain words."""
        known = EVENTS.get(self.code)
        return str(known) if known else str(_("Event %(code)s")) % {"code": self.code}


class NoteBatch(AbstractBatch):
    """One XML, several, or a zip of them. Carried out, its notes are shown to the payers."""

    JOBS = BatchJobs(
        check="orders.check_notes", apply="orders.import_notes", undo="orders.undo_notes",
        clear="orders.clear_notes",
    )  # fmt: skip
    URL_NAME = "orders:note_batch"
    APPLY_URL_NAME = "orders:note_batch_apply"

    class Meta(AbstractBatch.Meta):
        verbose_name = _("import of fiscal notes")
        verbose_name_plural = _("imports of fiscal notes")
        ordering = ("-pk",)

    def rows_left(self) -> QuerySet["NoteRow"]:
        return super().rows_left().select_related("order")

    def why_not_apply(self) -> str:
        """Notes do not depend on each other: those with an error are left out, the others go in."""
        left = any(self.counts.get(outcome) for outcome in NoteRow.TO_APPLY)
        if self.status == self.Status.CHECKED and not left:
            return str(_("There is nothing in it that could be imported."))
        return ""


class NoteRow(AbstractBatchRow):
    """A note or an event of a batch: what it says, and what would come, or came, of it."""

    class Outcome(models.TextChoices):
        TIED = "tied", _("Note with its order")
        PROPOSED = "proposed", _("Note, an order is proposed")
        LOOSE = "loose", _("Note without an order")
        EVENT = "event", _("Event of a note")
        WAITS = "waits", _("Event, its note is not here yet")
        KNOWN = "known", _("Already here")
        ERROR = AbstractBatchRow.ERROR, _("Refused")

    NOTES: ClassVar[tuple[str, ...]] = (Outcome.TIED, Outcome.PROPOSED, Outcome.LOOSE)
    TO_APPLY = (*NOTES, Outcome.EVENT, Outcome.WAITS)
    OUTCOME_TONES: ClassVar[Mapping[str, str]] = {
        Outcome.TIED: "ok", Outcome.PROPOSED: "warn", Outcome.LOOSE: "warn", Outcome.EVENT: "info",
        Outcome.WAITS: "wait", Outcome.KNOWN: "muted", Outcome.ERROR: "bad",
    }  # fmt: skip

    batch = models.ForeignKey(NoteBatch, on_delete=models.CASCADE, related_name="rows")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    identity = models.CharField(max_length=80, blank=True)
    order = models.ForeignKey(
        Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=pgettext_lazy("certificate", "order"),
    )  # fmt: skip
    # What staff should know when they decide, in a sentence.
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    file_key = models.CharField(max_length=120, blank=True)
    note = models.OneToOneField(
        FiscalNote, on_delete=models.SET_NULL, null=True, blank=True, related_name="batch_row"
    )
    event = models.OneToOneField(
        NoteEvent, on_delete=models.SET_NULL, null=True, blank=True, related_name="batch_row"
    )

    class Meta:
        verbose_name = _("row of an import of notes")
        verbose_name_plural = _("rows of imports of notes")
        ordering = ("line",)
        constraints = [
            models.UniqueConstraint(fields=["batch", "line"], name="orders_note_row"),
        ]
        indexes = [
            models.Index(fields=["batch", "outcome", "line"], name="orders_note_rows"),
            models.Index(fields=["batch", "identity"], name="orders_note_by_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line}"
