"""Registrations that wait for their link to be opened."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.taxid import CPFField


class PendingRegistration(models.Model):
    """What somebody typed to register at a desk. It proves nothing until the link was opened.

    ``desk``: the name of the desk. ``values``: the desk's own fields, as JSON. ``password``: its
    hash, empty where the password is chosen after the link. Deleted when it becomes a user, and
    by housekeeping when its time is over.
    """

    desk = models.CharField(max_length=40)
    email = models.EmailField(_("e-mail"))
    cpf = CPFField(_("CPF"), blank=True)
    values = models.JSONField(default=dict)
    password = models.CharField(max_length=128, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("pending registration")
        verbose_name_plural = _("pending registrations")

    def __str__(self) -> str:
        return f"{self.desk} {self.pk}"
