"""What the portal remembers of forms that were sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SentForm(models.Model):
    """A form that was sent and carried out: the same one, sent again, gets the same answer."""

    # SHA-256 over who sent what where, and the key that was rendered with the form.
    key = models.CharField(max_length=64, unique=True)
    location = models.CharField(max_length=500, blank=True)
    message = models.TextField(blank=True)
    sent_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("form that was sent")
        verbose_name_plural = _("forms that were sent")

    def __str__(self) -> str:
        return self.key
