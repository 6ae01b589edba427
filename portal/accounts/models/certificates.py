"""Certificates that opened sessions here and have come to their end."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class EndedCertificate(models.Model):
    """A certificate that opens nothing any more: no session, and no access that it gave.

    Kept a while beyond the certificate's own end; after that it opens nothing anyway.
    """

    class Reason(models.TextChoices):
        REVOKED = "revoked", _("Revoked")
        EXPIRED = "expired", _("Expired")

    sha256 = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=8, choices=Reason.choices)
    not_after = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        verbose_name = _("ended certificate")
        verbose_name_plural = _("ended certificates")

    def __str__(self) -> str:
        return self.sha256[:16]

    @classmethod
    def reason_of(cls, sha256: str, *, at: datetime) -> str:
        """Why this certificate opens nothing; "" while it does."""
        found = cls.objects.filter(sha256=sha256, ended_at__lte=at)
        return found.values_list("reason", flat=True).first() or ""
