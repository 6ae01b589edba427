"""What strangers and members ask for, and the links that answer them."""

import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.people import User, phone_validator
from portal.taxid import CPFField
from portal.tokens import digest_of
from portal.transitions import FINAL


class AccessRequest(models.Model):
    """A stranger asks for access; staff accept (which invites) or refuse."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")

    TRANSITIONS = {
        Status.PENDING: {
            Status.ACCEPTED: "accounts:accept_request",
            Status.REFUSED: ("accounts:refuse_request", "accounts:refuse_requests"),
        },
        Status.ACCEPTED: FINAL,
        Status.REFUSED: FINAL,
    }
    AUDIT_ACTIONS = {
        Status.ACCEPTED: "access_request.accepted",
        Status.REFUSED: "access_request.refused",
    }

    name = models.CharField(_("name"), max_length=120)
    cpf = CPFField(_("CPF"))
    email = models.EmailField(_("e-mail"))
    phone = models.CharField(_("phone"), max_length=20, validators=[phone_validator])
    unit_text = models.CharField(_("unit asked for"), max_length=160)
    message = models.TextField(_("message"), max_length=1000, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PENDING
    )
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    refusal_reason = models.TextField(_("reason for refusal"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("access request")
        verbose_name_plural = _("access requests")
        ordering = ("-created_at",)
        indexes = [
            models.Index(
                fields=["email"], name="request_by_email", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(fields=["cpf"], name="request_by_cpf"),
            models.Index(fields=["status", "created_at", "id"], name="request_by_status"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["cpf", "email", "unit_text"],
                condition=Q(status="pending"),
                name="one_waiting_request",
            )
        ]
        permissions = [("decide_accessrequest", _("Can accept or refuse access requests"))]

    def __str__(self) -> str:
        return self.name

    @property
    def tone(self) -> str:
        """The badge of its state."""
        return {"pending": "wait", "accepted": "ok", "refused": "bad"}[self.status]


class AccessLink(models.Model):
    """A link that works once: invitation, recovery, change of e-mail. Only its SHA-256 is kept."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("Invitation")
        RECOVERY = "recovery", _("Password recovery")
        EMAIL = "email", _("Change of e-mail")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_links")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField(_("new e-mail"), blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("access link")
        verbose_name_plural = _("access links")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @classmethod
    def issue(
        cls, user: User, kind: str, *, hours: int, at: datetime, by: User | None = None,
        email: str = "",
    ) -> str:  # fmt: skip
        """Make a link and return its token (256 random bits), which is kept nowhere.

        ``email`` is the address that a change of e-mail confirms.
        """
        token = secrets.token_urlsafe(32)
        cls.objects.create(
            user=user, kind=kind, digest=digest_of(token), created_by=by, email=email,
            expires_at=at + timedelta(hours=hours),
        )  # fmt: skip
        return token


class ErasureRequest(models.Model):
    """A person asks for their data to be erased (LGPD, art. 18 VI)."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        ERASING = "erasing", _("Being erased")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        CANCELLED = "cancelled", _("Cancelled by the person")

    TRANSITIONS = {
        Status.PENDING: {
            Status.ERASING: "accounts:erasure_carry_out",
            Status.REFUSED: "accounts:erasure",
            Status.CANCELLED: "accounts:erasure_cancel",
        },
        Status.ERASING: {Status.DONE: ("accounts:erasure_go_on", "accounts.erase_mentions")},
        Status.DONE: FINAL,
        Status.REFUSED: FINAL,
        Status.CANCELLED: FINAL,
    }
    AUDIT_ACTIONS = {
        Status.REFUSED: "erasure.refused",
        Status.CANCELLED: "erasure.cancelled",
        Status.DONE: "erasure.finished",
    }
    # Somebody or a job still has to do something.
    OPEN = (Status.PENDING, Status.ERASING)
    TONES: ClassVar[dict[str, str]] = {
        Status.PENDING: "wait", Status.ERASING: "info", Status.DONE: "ok",
        Status.REFUSED: "muted", Status.CANCELLED: "muted",
    }  # fmt: skip

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="erasure_requests")
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PENDING
    )
    answer = models.TextField(_("answer"), blank=True)
    # While texts are gone through: what is looked for, how far each model was read, what stopped it.
    sealed = models.BinaryField(null=True)
    progress = models.JSONField(default=dict, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("erasure request")
        verbose_name_plural = _("erasure requests")
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="pending"), name="one_pending_erasure_per_user"
            )
        ]
        permissions = [("decide_erasurerequest", _("Can carry out or refuse erasure requests"))]

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at:%d/%m/%Y}"

    @property
    def tone(self) -> str:
        """The badge of its state."""
        return "bad" if self.can_go_on else self.TONES[self.status]

    @property
    def can_go_on(self) -> bool:
        """Whether its job was given up, so that a person may queue it again."""
        return self.status == self.Status.ERASING and bool(self.problem)
