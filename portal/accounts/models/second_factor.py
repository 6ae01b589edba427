"""Whether somebody was invited to a second factor, and put that away."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.models.people import User


class DeclinedSecondFactor(models.Model):
    """The person has seen the invitation on the overview, and wants to see it no more."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="declined_second_factor"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("declined second factor")
        verbose_name_plural = _("declined second factors")

    def __str__(self) -> str:
        return str(self.user_id)
