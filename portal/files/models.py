"""What keeps the file store and the database in step when a process dies between the two."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PendingFile(models.Model):
    """A file that is stored, or about to be, and that no row owns yet."""

    key = models.CharField(_("key"), max_length=120, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("file not claimed yet")
        verbose_name_plural = _("files not claimed yet")

    def __str__(self) -> str:
        return self.key


class DoomedFile(models.Model):
    """A file that no row owns any more and that must leave the store."""

    key = models.CharField(_("key"), max_length=120, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("file to be deleted")
        verbose_name_plural = _("files to be deleted")

    def __str__(self) -> str:
        return self.key
