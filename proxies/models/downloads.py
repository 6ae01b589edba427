"""Files that the provider publishes ("Baixe todos os nossos sistemas e aplicativos")."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class DownloadQuerySet(models.QuerySet["Download"]):
    def visible_to(self, user: Any) -> "DownloadQuerySet":
        """Those that are offered to this person: to a stranger only what everybody may have."""
        offered = self.filter(is_active=True)
        if user.is_authenticated and user.is_active:
            return offered
        return offered.filter(audience=Download.Audience.EVERYONE)


class Download(models.Model):
    """A program, spreadsheet or guide that is offered in versions; the newest is the current one."""

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("Everyone")
        CLIENTS = "clients", _("Who is signed in")

    title = models.CharField(_("title"), max_length=120, unique=True)
    text = models.TextField(_("what it is for"), max_length=500)
    audience = models.CharField(
        _("who may have it"), max_length=8, choices=Audience.choices, default=Audience.CLIENTS
    )
    order = models.PositiveSmallIntegerField(_("order on the page"), default=50)
    is_active = models.BooleanField(_("offered"), default=True)

    objects = DownloadQuerySet.as_manager()

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ("order", "title")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where its versions are published."""
        return reverse("proxies:publish", args=[self.pk])


class DownloadVersionQuerySet(models.QuerySet["DownloadVersion"]):
    def visible_to(self, user: Any) -> "DownloadVersionQuerySet":
        return self.there().filter(download__in=Download.objects.visible_to(user))

    def there(self) -> "DownloadVersionQuerySet":
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class DownloadVersion(models.Model):
    """One published file, immutable: its bytes are those of ``sha256``. Once it is withdrawn the
    file is gone, and the row says that it was there."""

    download = models.ForeignKey(
        Download, on_delete=models.PROTECT, related_name="versions", verbose_name=_("download")
    )
    version = models.CharField(_("version"), max_length=40)
    notes = models.TextField(_("what is new"), blank=True, max_length=2000)
    file_key = models.CharField(max_length=120, blank=True, editable=False)
    file_name = models.CharField(_("file"), max_length=120)
    content_type = models.CharField(max_length=100, editable=False)
    size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        verbose_name=_("published by"),
    )  # fmt: skip
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = DownloadVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a download")
        verbose_name_plural = _("versions of downloads")
        ordering = ("-published_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["download", "version"], name="proxies_download_once"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) & ~Q(file_key="")
                | Q(withdrawn_at__isnull=False, file_key=""),
                name="proxies_download_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.download} {self.version}"
