"""Invitations of a company's administrators. Nothing is given before the link is opened."""

from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.accounts.labels import services_text
from portal.accounts.models.companies import Company, Grant, Unit, last_day_before
from portal.accounts.models.people import User
from portal.taxid import CPFField


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def standing(self) -> "InvitationQuerySet":
        """Neither accepted nor cancelled; some may have expired."""
        return self.filter(accepted_at=None, cancelled_at=None)

    def waiting(self, at: datetime) -> "InvitationQuerySet":
        """Those whose link still opens."""
        return self.standing().filter(held=False, expires_at__gt=at)

    def withdrawn_by_staff(self, since: datetime) -> "InvitationQuerySet":
        """Those that staff took back since then, not the company itself."""
        return self.filter(cancelled_at__gte=since, cancelled_by__is_staff=True)

    def over(self, before: datetime) -> "InvitationQuerySet":
        """Accepted, cancelled or expired before then; one that is held does not expire."""
        return self.filter(
            Q(accepted_at__lt=before) | Q(cancelled_at__lt=before)
            | Q(expires_at__lt=before, held=False)
        )  # fmt: skip


class Invitation(models.Model):
    """Whom a company's administrator invites, as typed, and to what.

    It says nothing of who has an account. Opening its link proves the address; accepting it
    gives the access to who accepts. Of the link only its SHA-256 is kept. ``held``: it waits for
    its company to send it, and no link of it opens.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="invitations")
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"))
    cpf = CPFField(_("CPF"), blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Grant.Level.choices)
    scopes = models.JSONField(_("services"), default=list)
    # None: the whole company.
    units = models.ManyToManyField(Unit, related_name="+", verbose_name=_("units"))
    valid_until = models.DateTimeField(_("valid until"), null=True)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(_("expires at"))
    held = models.BooleanField(_("held back"), default=False)
    accepted_at = models.DateTimeField(_("accepted at"), null=True)
    accepted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="accepted_invitations"
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-created_at", "-pk")
        indexes = [models.Index(fields=["email"], name="invitation_by_email")]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "email"],
                condition=Q(accepted_at=None, cancelled_at=None),
                name="one_standing_invitation_per_address",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(cancelled_at=None),
                name="invitation_accepted_or_cancelled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.created_at:%d/%m/%Y}"

    def has_expired(self, at: datetime) -> bool:
        return not self.held and self.expires_at <= at

    def state_at(self, at: datetime) -> str:
        """What has become of it, for people."""
        if self.accepted_at:
            return str(_("Accepted"))
        if self.cancelled_at:
            return str(_("Cancelled"))
        if self.held:
            return str(_("Held back by the company"))
        return str(_("Expired") if self.has_expired(at) else _("Waiting for the link to be opened"))

    @property
    def is_standing(self) -> bool:
        return self.accepted_at is None and self.cancelled_at is None

    @property
    def services_text(self) -> str:
        """The services that it gives, as people call them."""
        return services_text(self.scopes)

    @property
    def last_day(self) -> date | None:
        """The last civil day (Brasília) of the access; None without an end."""
        return last_day_before(self.valid_until)

    @property
    def units_text(self) -> str:
        """The units that it opens."""
        return ", ".join(map(str, self.units.all())) or str(_("All units"))
