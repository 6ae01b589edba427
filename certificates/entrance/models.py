"""The ticket with which a person returns from the entrance to the portal."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LIFE = timedelta(seconds=60)
# Kept a while after their end, without what they held, so that a second use is known as one.
KEPT = timedelta(days=1)


class Ticket(models.Model):
    """Good once, for a minute, for the browser that holds the nonce.

    Of the ticket and of the nonce only SHA-256 are kept. ``sealed``: whom the certificate names;
    emptied when the ticket is used.
    """

    LABEL, FIELD = "entrance-ticket", "identity"

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    nonce_hash = models.CharField(max_length=64, editable=False)
    sealed = models.BinaryField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField(editable=False, db_index=True)
    used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("entrance ticket")
        verbose_name_plural = _("entrance tickets")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="ticket_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(sealed=None), name="used_ticket_holds_nobody"
            ),
        ]
