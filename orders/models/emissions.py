"""The issue of a renewal online: the two-part code, the request, what the authority answered."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class EmissionQuerySet(models.QuerySet["Emission"]):
    def open(self) -> "EmissionQuerySet":
        return self.filter(closed_at=None)

    def at_authority(self) -> "EmissionQuerySet":
        """Those whose request was made, and which the authority has not answered for good."""
        return self.open().exclude(csr=None)


class Emission(models.Model):
    """One code, and the one request that is made with it. An order has one open at a time.

    The first part of the code is sealed, because the order's page shows it; of the second, which
    is mailed to the holder, only a hash is kept. Identity comes from the order, never from ``csr``.
    """

    MOST_TRIES = 5
    LIFE = timedelta(days=30)
    LABEL, FIELD = "orders.emission", "screen"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="emissions")
    made_at = models.DateTimeField(_("made at"))
    # Empty where the approval made it.
    code_made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("code made by"),
    )  # fmt: skip
    screen_sealed = models.BinaryField(null=True, editable=False)
    mail_hash = models.CharField(max_length=128)
    code_until = models.DateTimeField(_("code good until"))
    tries = models.PositiveSmallIntegerField(_("wrong codes"), default=0)

    csr = models.BinaryField(null=True)
    csr_sha256 = models.CharField(max_length=64, blank=True)
    # SHA-256 of the public key: no key is ever certified twice.
    key_sha256 = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField(_("requested at"), null=True, blank=True)
    ref = models.CharField(_("reference at the authority"), max_length=200, blank=True)
    submitted_at = models.DateTimeField(_("taken by the authority at"), null=True, blank=True)
    next_poll_at = models.DateTimeField(null=True, blank=True)
    # Since when the authority does not answer, and how often it was asked since.
    silent_since = models.DateTimeField(_("unanswered since"), null=True, blank=True)
    unanswered = models.PositiveIntegerField(default=0)

    chain = models.JSONField(default=list)  # base64 DER, the certificate first
    certificate_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    fetched_at = models.DateTimeField(_("fetched at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    # Why it failed, or why staff made another code.
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = EmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("issue of a certificate")
        verbose_name_plural = _("issues of certificates")
        default_permissions = ()
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(closed_at=None), name="orders_one_open_emission"
            ),
            models.UniqueConstraint(
                fields=["key_sha256"], condition=~Q(key_sha256=""), name="orders_key_once"
            ),
            models.CheckConstraint(condition=Q(tries__lte=5), name="orders_code_tries"),
            models.CheckConstraint(
                condition=Q(csr__isnull=True) | ~Q(key_sha256=""),
                name="orders_request_with_key",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_poll_at"], condition=Q(closed_at=None), name="orders_emission_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.made_at:%Y-%m-%d}"

    def vault_context(self) -> dict[str, Any]:
        """What binds the sealed part of the code to this row; see portal.vault.seal."""
        return {
            "label": self.LABEL, "tenant": "portal", "row": str(self.pk), "field": self.FIELD,
        }  # fmt: skip

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_requested(self) -> bool:
        return bool(self.key_sha256)

    @property
    def is_locked(self) -> bool:
        """Whether too many wrong codes were typed: staff make another."""
        return self.tries >= self.MOST_TRIES

    @property
    def tries_left(self) -> int:
        return self.MOST_TRIES - self.tries

    def takes_code(self, at: datetime) -> bool:
        """Whether its code may still be used."""
        return (
            self.is_open and not self.is_requested and not self.is_locked and at < self.code_until
        )
