"""What is left of service orders past their retention: no word of what they said."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.models import Company
from tickets.models.departments import Department


class RemovedTicket(models.Model):
    """The tombstone of an order: that there was one, when, how much, and a digest of all it held."""

    number = models.CharField(_("number"), max_length=14, unique=True)
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("service order", "department"),
    )
    topic = models.CharField(_("topic"), max_length=120, blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("company")
    )
    created_at = models.DateTimeField(_("created on"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    entries = models.PositiveIntegerField(_("entries"))
    files = models.PositiveIntegerField(_("files"))
    # Over a line for each entry and each file: its kind, its instant, its own SHA-256.
    sha256 = models.CharField("SHA-256", max_length=64)
    removed_at = models.DateTimeField(_("removed at"))

    class Meta:
        verbose_name = _("removed service order")
        verbose_name_plural = _("removed service orders")
        indexes = [models.Index(fields=["-removed_at", "-id"], name="removed_by_time")]

    def __str__(self) -> str:
        return self.number
