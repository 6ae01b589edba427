"""Published documents: immutable bytes, who may see them and until when."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Grant, Unit, UnitQuerySet
from portal.money import format_brl
from portal.periods import add_months, end_of_day, format_period
from portal.transitions import FINAL


class DocumentType(models.Model):
    """A type of invoice or report, as clients know it ("Fatura de serviços")."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoice")
        REPORT = "report", _("Report")

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.INVOICE)
    retention_months = models.PositiveSmallIntegerField(
        _("months of retention"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_(
            "Empty: the provider's setting. A change applies to what is published from then on; "
            "what is already published keeps its end."
        ),
    )  # fmt: skip
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("document type")
        verbose_name_plural = _("document types")
        ordering = ("kind", "name")

    def __str__(self) -> str:
        return self.name


SERVICE = "invoices"  # that a grant must open
VIEW = "invoices.view_document"


def may_see_all(user: Any) -> bool:
    """Whether this is staff who see every client's documents."""
    return bool(user.is_authenticated and user.is_staff and user.has_perm(VIEW))


def units_for(user: Any, *, at: datetime) -> UnitQuerySet:
    """The units whose documents the user may see ``at``."""
    return Unit.objects.visible_to(user, at=at, permission=VIEW, service=SERVICE)


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(
        self, user: Any, *, at: datetime, units: Sequence[int] | None = None
    ) -> "DocumentQuerySet":
        """Documents of the units that the user may see, which can still be fetched ``at``.

        Clients see what is published; staff with the permission also see what was replaced or
        withdrawn. Nobody sees an expired document. ``units``: see ``in_reach_of``.
        """
        documents = self.in_reach_of(user, at=at, units=units)
        if may_see_all(user):
            return documents
        return documents.filter(status=Document.Status.PUBLISHED)

    def in_reach_of(
        self, user: Any, *, at: datetime, units: Sequence[int] | None = None
    ) -> "DocumentQuerySet":
        """The same, whatever became of them: to say so, never to serve their bytes.

        ``units`` are keys that ``units_for(user, at=at)`` has just given: with them the database
        is not asked again, and its planner sees how few they are.
        """
        visible = units_for(user, at=at) if units is None else units
        return self.fetchable(at=at).filter(unit__in=visible)

    def fetchable(self, *, at: datetime) -> "DocumentQuerySet":
        """Not past their end, or held: the only ones whose bytes may be served."""
        return self.filter(Q(expires_at__gt=at) | Q(legal_hold=True))

    def expired(self, *, at: datetime) -> "DocumentQuerySet":
        """Past their end and not held: to be removed."""
        return self.filter(expires_at__lte=at, legal_hold=False)


class Document(models.Model):
    """One version of an invoice or report: the file served is the file signed."""

    class Status(models.TextChoices):
        PUBLISHED = "published", _("Published")
        REPLACED = "replaced", _("Replaced")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # A replaced version comes back only when the batch that replaced it is undone.
    TRANSITIONS = {
        Status.PUBLISHED: {
            Status.REPLACED: (
                "invoices:publish_confirm", "invoices:draft_publish", "invoices.publish_batch",
            ),
            Status.WITHDRAWN: ("invoices:withdraw", "invoices.undo_batch"),
        },
        Status.REPLACED: {Status.PUBLISHED: ("invoices:batch_undo", "invoices.undo_batch")},
        Status.WITHDRAWN: FINAL,
    }  # fmt: skip

    class Release(models.TextChoices):
        PENDING = "pending", _("Waiting for release")
        RELEASED = "released", _("Received and released")
        CONTESTED = "contested", _("Contested")
        NOT_ASKED = "not_asked", _("Not subject to release")

        @property
        def tone(self) -> str:
            """Of its badge; what is not subject to release has none."""
            return {"pending": "wait", "released": "ok", "contested": "bad"}.get(self.value, "")

    RELEASE_TRANSITIONS = {
        Release.PENDING: {
            Release.RELEASED: "invoices:release",
            Release.CONTESTED: "invoices:contest",
        },
        Release.CONTESTED: {Release.RELEASED: "invoices:release"},
        Release.RELEASED: FINAL,
        Release.NOT_ASKED: FINAL,
    }

    AUDIT_ACTIONS = {
        Release.RELEASED: "document.released",
        Release.CONTESTED: "document.contested",
    }
    HISTORY = "events"

    class Signature(models.TextChoices):
        PADES = "pades", _("PAdES, inside the PDF")
        CMS = "cms", _("CMS, in a file of its own (.p7s)")

    # Both lead an index below: one of their own would be written for nothing.
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="documents", verbose_name=_("unit"),
        db_index=False,
    )  # fmt: skip
    type = models.ForeignKey(
        DocumentType, on_delete=models.PROTECT, verbose_name=_("type"), db_index=False
    )
    period = models.DateField(_("period"), help_text=_("First day of the month"))
    number = models.CharField(_("number"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PUBLISHED
    )
    replaces = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaced_by",
        verbose_name=_("replaces"),
    )  # fmt: skip
    amount_cents = models.BigIntegerField(_("amount"), null=True, blank=True)
    due_date = models.DateField(_("due date"), null=True, blank=True)

    file_key = models.CharField(max_length=120, unique=True)
    file_name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(_("content type"), max_length=80)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("bytes"))
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    source_sha256 = models.CharField(
        max_length=64, help_text="SHA-256 of what was handed in, before it was signed."
    )
    signature = models.CharField(_("signature"), max_length=5, choices=Signature.choices)
    signature_key = models.CharField(max_length=120, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=200)
    signed_at = models.DateTimeField(_("signed at"))
    signed_by_demo = models.BooleanField(_("demonstration signature"), default=False)
    verification_code = models.CharField(_("verification code"), max_length=16, unique=True)

    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        verbose_name=_("published by"),
    )  # fmt: skip
    available_until = models.DateField(_("available until"))
    expires_at = models.DateTimeField(_("expires at"))
    legal_hold = models.BooleanField(_("legal hold"), default=False)
    legal_hold_reason = models.CharField(_("reason for the hold"), max_length=200, blank=True)
    noticed_at = models.DateTimeField(_("notice sent at"), null=True, blank=True)

    release = models.CharField(
        _("release"), max_length=10, choices=Release.choices, default=Release.PENDING
    )
    release_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("released or contested by"),
    )  # fmt: skip
    release_at = models.DateTimeField(_("released or contested at"), null=True, blank=True)
    release_reason = models.TextField(_("reason"), max_length=1000, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "type", "period", "number", "version"], name="document_version"
            ),
            models.UniqueConstraint(
                fields=["unit", "type", "period", "number"],
                condition=Q(status="published"),
                name="one_published_version",
            ),
            models.CheckConstraint(
                condition=Q(legal_hold=False) | ~Q(legal_hold_reason=""), name="hold_has_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "-period", "-id"], name="document_by_unit"),
            models.Index(fields=["expires_at", "id"], name="document_by_end"),
            models.Index(
                fields=["number"], name="document_by_number", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["-id"], condition=Q(legal_hold=True), name="document_on_hold"),
            models.Index(
                fields=["status", "-period", "-id"],
                condition=~Q(status="published"),
                name="document_superseded",
            ),
            models.Index(fields=["-period", "-id"], name="document_by_period"),
            models.Index(
                fields=["amount_cents", "-period", "-id"],
                condition=Q(amount_cents__isnull=False),
                name="document_by_amount",
            ),
            models.Index(fields=["type", "-period", "-id"], name="document_by_type"),
            # Staff filter by these. One index for all would do, but where the newer documents are
            # all in another state, the planner, which does not know that, walks past them.
            *(
                models.Index(
                    fields=["-period", "-id"],
                    name=f"document_all_{state}",
                    condition=Q(release=state),
                )
                for state in ("pending", "released", "contested", "not_asked")
            ),
            # Few among many: what waits for a client, what a client contested.
            models.Index(
                fields=["unit", "-period", "-id"],
                name="document_pending",
                condition=Q(status="published", release="pending"),
            ),
            models.Index(
                fields=["-release_at", "-id"],
                name="document_contested",
                condition=Q(release="contested"),
            ),
        ]
        permissions = [
            ("publish_document", _("Can publish and withdraw documents")),
            ("hold_document", _("Can put documents on legal hold")),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.number} ({format_period(self.period)})"

    def get_absolute_url(self) -> str:
        return reverse("invoices:document", args=[self.pk])

    @property
    def audit_company(self) -> int:
        """In whose audit chain its steps stand."""
        return self.unit.company_id

    @property
    def amount_text(self) -> str:
        return "" if self.amount_cents is None else format_brl(self.amount_cents)

    @property
    def download_name(self) -> str:
        """``fatura-servicos_U001_2026-03_12345.pdf``: says what it is, in any folder."""
        stem = f"{self.type.code}_{self.unit.code}_{self.period:%Y-%m}_{self.number}"
        version = f"_v{self.version}" if self.version > 1 else ""
        extension = self.file_name.rpartition(".")[2].lower()
        safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in stem + version)
        return f"{safe}.{extension}"

    @property
    def answers(self) -> Sequence["Answer"]:
        """What the client said of it, oldest first: a contested one may have been released later."""
        said = self.events.filter(kind__in=self.AUDIT_ACTIONS).select_related("user")
        return [
            Answer(self.Release(event.kind), event.user, event.at, event.note)
            for event in said.order_by("at", "pk")
        ]

    def is_fetchable(self, at: datetime) -> bool:
        """Whether its bytes may still be served to anyone."""
        return self.legal_hold or self.expires_at > at

    def can_be_released_by(self, user: Any, at: datetime) -> bool:
        """Whether this person is responsible for receiving and releasing it, and it waits for that."""
        return (
            self.status == self.Status.PUBLISHED
            and self.release in (self.Release.PENDING, self.Release.CONTESTED)
            and self.is_fetchable(at)
            and Grant.objects.held_by(user, at, service=SERVICE)
            .filter(
                Q(unit=self.unit_id) | Q(company=self.unit.company_id),
                level__in=[Grant.Level.OPERATE, Grant.Level.ADMINISTER],
            )
            .exists()
        )


class Answer(NamedTuple):
    """What somebody at the client said of a document: released, or contested and why."""

    release: Document.Release
    who: Any
    at: datetime
    reason: str


def retention_end(published_on: date, months: int, zone: str) -> tuple[date, datetime]:
    """Last civil day on which a document can be fetched, and the instant at which it ends.

    ``months`` are calendar months: published on 31 August with six, the last day is 28 (29)
    February.
    """
    last_day = add_months(published_on, months)
    return last_day, end_of_day(last_day, zone)


class DocumentEvent(models.Model):
    """What happened to a document. Staff previews leave none."""

    class Kind(models.TextChoices):
        PUBLISHED = "published", _("Published")
        SEEN = "seen", _("Seen")
        OPENED = "opened", _("Opened")
        DOWNLOADED = "downloaded", _("Downloaded")
        RELEASED = "released", _("Received and released")
        CONTESTED = "contested", _("Contested")
        REPLACED = "replaced", _("Replaced by a new version")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        RESTORED = "restored", _("Back in force")
        NOTICED = "noticed", _("Notice of its end sent")
        HELD = "held", _("Put on legal hold")
        FREED = "freed", _("Legal hold lifted")

    # What proves that the client knows the document: undoing a batch leaves such a one alone.
    CLIENT_KINDS = (Kind.SEEN, Kind.OPENED, Kind.DOWNLOADED, Kind.RELEASED, Kind.CONTESTED)

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("event"), max_length=10, choices=Kind.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))
    note = models.CharField(_("note"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("document event")
        verbose_name_plural = _("document events")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {localtime(self.at):%d/%m/%Y %H:%M}"
