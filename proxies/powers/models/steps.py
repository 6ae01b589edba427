"""The history of a power of attorney: each step is a record of its own, sealed by the provider."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from proxies.powers.models.powers import Power


class PowerStep(models.Model):
    """The history of a power: each step is a record of its own.

    ``record``: canonical JSON of the step, with the SHA-256 of the power's. ``seal``: a detached
    signature over it by the provider's certificate (CMS), made by a job.
    """

    class Kind(models.TextChoices):
        GRANTED = "waiting", pgettext_lazy("power", "Granted")
        ACCEPTED = "active", pgettext_lazy("power", "Accepted")
        DECLINED = "declined", pgettext_lazy("power", "Declined")
        RENOUNCED = "renounced", pgettext_lazy("power", "Renounced")
        REVOKED = "revoked", pgettext_lazy("power", "Revoked")
        ENDED = "ended", pgettext_lazy("power", "Ended by the portal")
        EXPIRED = "expired", pgettext_lazy("power", "Expired")

    power = models.ForeignKey(Power, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    record = models.BinaryField(default=b"", editable=False)
    seal = models.BinaryField(null=True, editable=False)

    class Meta:
        verbose_name = _("step of a power of attorney")
        verbose_name_plural = _("steps of powers of attorney")
        ordering = ("at", "pk")
        constraints = [
            # No power takes the same step twice.
            models.UniqueConstraint(fields=["power", "kind"], name="power_step_once")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
