"""What readers say of a manual. Nobody is named, so nothing of a person is kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Answer(models.Model):
    """One answer to "Was it useful?"."""

    manual = models.SlugField(_("manual"), max_length=60)
    day = models.DateField(_("day"))
    is_useful = models.BooleanField(_("useful"))
    comment = models.TextField(_("comment"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("answer on a manual")
        verbose_name_plural = _("answers on manuals")
        indexes = [models.Index(fields=["manual", "is_useful"], name="help_by_manual")]

    def __str__(self) -> str:
        return f"{self.manual}, {self.day:%d/%m/%Y}"
