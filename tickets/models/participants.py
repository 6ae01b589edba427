"""Who takes part in service orders."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def in_force(self) -> Self:
        return self.filter(left_at=None)

    def of_user(self, user: Any) -> Self:
        """Those who are this person: by the account, or by an e-mail that is proven to be theirs."""
        mine = Q(user=user)
        if user.email and user.email_proof:
            mine |= Q(email=user.email.lower())
        return self.filter(mine)


class Participant(models.Model):
    """Somebody who reads an order and may answer it. Mail never makes a user of them."""

    class Role(models.TextChoices):
        REQUESTER = "requester", _("Who asked")
        COPY = "copy", _("In copy")

    ticket = models.ForeignKey("Ticket", on_delete=models.CASCADE, related_name="participants")
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
        related_name="participations", verbose_name=_("user"),
    )  # fmt: skip
    role = models.CharField(_("role"), max_length=9, choices=Role.choices, default=Role.REQUESTER)
    # SHA-256 of the token in the addresses to which this person's answers go; see services.tokens.
    token_digest = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    bounced_at = models.DateTimeField(_("mail came back at"), null=True, blank=True)
    added_at = models.DateTimeField(_("since"))
    left_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "email"], condition=~Q(email=""), name="participant_once"
            )
        ]
        indexes = [models.Index(fields=["email", "ticket"], name="participant_by_email")]

    def __str__(self) -> str:
        return self.name or self.email
