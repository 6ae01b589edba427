"""Offices that left: when the values of their accesses are destroyed."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Company


class LeftOffice(models.Model):
    """An office that was deactivated while the portal held values for it.

    Nothing of it is shown, checked or watched from the moment it is inactive. The row counts the
    days until its values are destroyed; it goes when the office is active again before.
    """

    office = models.OneToOneField(
        Company, on_delete=models.CASCADE, related_name="left_office", verbose_name=_("office")
    )
    noticed_at = models.DateTimeField(_("left"))
    destroyed_at = models.DateTimeField(_("values destroyed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("office that left")
        verbose_name_plural = _("offices that left")
        ordering = ("-noticed_at", "-pk")

    def __str__(self) -> str:
        return str(self.office)

    @property
    def destroys_at(self) -> datetime | None:
        """When its values are destroyed; None where they are kept for good."""
        days: int = settings.PROXY_LEFT_DAYS
        return self.noticed_at + timedelta(days=days) if days else None
