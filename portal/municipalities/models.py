"""Municipalities, as the IBGE names and numbers them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.states import STATES


class Municipality(models.Model):
    """One municipality. ``code``: the IBGE's seven digits. ``folded``: its name without accents."""

    code = models.PositiveIntegerField(_("IBGE code"), primary_key=True)
    name = models.CharField(_("name"), max_length=60)
    folded = models.CharField(max_length=60, editable=False)
    state = models.CharField(_("state"), max_length=2, choices=[(s, s) for s in STATES])

    class Meta:
        verbose_name = _("municipality")
        verbose_name_plural = _("municipalities")
        ordering = ("state", "folded")
        indexes = [models.Index(fields=["state", "folded"], name="municipalities_by_name")]

    def __str__(self) -> str:
        return f"{self.name} - {self.state}"
