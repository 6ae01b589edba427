"""Links by which somebody without an account opens one object."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.people import User


class GuestLink(models.Model):
    """A link that one participant opens once, to one object. Only its SHA-256 is kept.

    ``model`` and ``object_pk`` name the object (``tickets.ticket``, ``12``); ``title`` is what
    mails call it. A link that was used, is late or was replaced offers a new one, which goes to
    the same address.
    """

    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    model = models.CharField(max_length=80)
    object_pk = models.CharField(max_length=40)
    title = models.CharField(_("title"), max_length=200)
    hours = models.PositiveSmallIntegerField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("guest link")
        verbose_name_plural = _("guest links")
        indexes = [
            models.Index(fields=["email"], name="guest_link_by_email"),
            models.Index(fields=["model", "object_pk"], name="guest_link_by_object"),
        ]

    def __str__(self) -> str:
        return self.title

    def opens(self, at: datetime) -> bool:
        return self.used_at is None and self.replaced_at is None and self.expires_at > at
