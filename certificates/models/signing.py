"""The provider's signing certificates."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class SigningCertificateQuerySet(models.QuerySet["SigningCertificate"]):
    def usable(self, at: datetime) -> "SigningCertificateQuerySet":
        return self.filter(not_before__lte=at, not_after__gt=at)


class SigningCertificate(models.Model):
    """An A1 or seal of the operator. The PFX is sealed by the vault and never leaves it."""

    label = models.CharField(_("label"), max_length=80)
    holder = models.CharField(_("holder"), max_length=200)
    tax_id = models.CharField(_("CNPJ or CPF"), max_length=14, blank=True)
    issuer = models.CharField(_("issuer"), max_length=200)
    serial = models.CharField(_("serial number"), max_length=64)
    sha256 = models.CharField(_("SHA-256 fingerprint"), max_length=64, unique=True)
    not_before = models.DateTimeField(_("valid from"))
    not_after = models.DateTimeField(_("valid until"))
    # JSON {"pfx": base64, "password": text}, sealed; see certificates.services.
    sealed = models.BinaryField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_demo = models.BooleanField(_("demonstration"), default=False, editable=False)
    is_active = models.BooleanField(_("used to sign"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        editable=False,
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = SigningCertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("signing certificate")
        verbose_name_plural = _("signing certificates")
        ordering = ("-not_after",)
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"],
                condition=Q(is_active=True),
                name="one_active_signing_certificate",
            )
        ]

    def __str__(self) -> str:
        return self.label

    def expires_soon(self, at: datetime) -> bool:
        """Within the 30 days in which a certificate is renewed."""
        return at < self.not_after <= at + timedelta(days=30)

    def has_expired(self, at: datetime) -> bool:
        return self.not_after <= at

    def state_text(self, at: datetime) -> str | Promise:
        """What staff should know of its validity."""
        if self.has_expired(at):
            return _("Expired")
        if self.not_before > at:
            return _("Not yet valid")
        return _("Expires soon") if self.expires_soon(at) else _("Valid")

    def vault_context(self) -> dict[str, Any]:
        """What binds the sealed PFX to this row; see portal.vault.seal."""
        return {
            "label": "certificates.signing",
            "tenant": "portal",
            "row": self.sha256,
            "field": "pfx",
            "version": self.version,
        }
