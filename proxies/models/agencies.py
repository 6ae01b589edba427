"""The catalogue of agencies: where an office has accesses, and how long these last there."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.municipalities.models import Municipality
from portal.periods import add_months
from portal.states import STATES


class Kind(models.TextChoices):
    """By what one gets into an agency's system ("tipo de acesso")."""

    LOGIN = "login", _("Login")
    CODE = "code", _("Access code")
    CERTIFICATE = "certificate", _("Certificate")


class Sphere(models.TextChoices):
    """The sphere of government ("esfera")."""

    FEDERAL = "federal", _("Federal")
    STATE = "state", pgettext_lazy("sphere", "State")
    MUNICIPAL = "municipal", _("Municipal")


class AgencyQuerySet(models.QuerySet["Agency"]):
    def offered(self) -> "AgencyQuerySet":
        """Those that a new access may be for."""
        return self.filter(is_active=True)


class Agency(models.Model):
    """An agency with a system that accesses open ("órgão"); staff edit the catalogue.

    ``renewal_every`` and ``renewal_unit``: how long a password or code lasts there; None where the
    agency does not say ("não informado"): then an access is to be looked at once its value is
    ``review_months`` old. ``renewal_source`` and ``renewal_checked_on`` say where that stands and
    when somebody last looked. ``notice`` is shown on the form and beside each access.
    """

    class Unit(models.TextChoices):
        DAYS = "days", _("days")
        MONTHS = "months", _("months")

    name = models.CharField(_("name"), max_length=120, unique=True)
    sphere = models.CharField(_("sphere"), max_length=9, choices=Sphere.choices)
    state = models.CharField(_("state"), max_length=2, blank=True, choices=[(s, s) for s in STATES])
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("municipality"),
    )  # fmt: skip
    address = models.URLField(_("address"), max_length=300, blank=True)
    kinds = models.JSONField(_("kinds of access"), default=list)
    renewal_every = models.PositiveSmallIntegerField(_("renewed every"), null=True, blank=True)
    renewal_unit = models.CharField(
        _("unit"), max_length=6, choices=Unit.choices, default=Unit.MONTHS
    )
    renewal_source = models.CharField(_("source of the rule"), max_length=200, blank=True)
    renewal_checked_on = models.DateField(_("rule checked on"), null=True, blank=True)
    review_months = models.PositiveSmallIntegerField(
        _("to be looked at after (months)"), default=12,
        help_text=_("Where the agency does not say how long an access lasts."),
    )  # fmt: skip
    notice = models.TextField(pgettext_lazy("agency", "notice"), blank=True, max_length=500)
    is_active = models.BooleanField(_("active"), default=True)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        ordering = ("sphere", "state", "name")
        constraints = [
            models.CheckConstraint(
                condition=Q(sphere="federal", state="", municipality=None)
                | Q(sphere="state", municipality=None) & ~Q(state="")
                | Q(sphere="municipal", municipality__isnull=False) & ~Q(state=""),
                name="proxies_agency_where",
            ),
            models.CheckConstraint(
                condition=Q(renewal_every=None) | Q(renewal_every__gt=0),
                name="proxies_agency_renewal",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:proxies_agency_change", args=[self.pk])

    def clean(self) -> None:
        if self.municipality:
            self.state = self.municipality.state
        if not self.kinds or set(self.kinds) - set(Kind.values):
            raise ValidationError({"kinds": _("Choose at least one kind of access.")})

    def last_day(self, kind: str, since: date) -> date | None:
        """The last civil day of a value that was set on ``since``; None where nobody says.

        A certificate says itself how long it is valid. Months are calendar months: what is set on
        30 November for three of them lasts to 28 or 29 February.
        """
        if kind == Kind.CERTIFICATE or not self.renewal_every:
            return None
        if self.renewal_unit == self.Unit.DAYS:
            return since + timedelta(days=self.renewal_every)
        return add_months(since, self.renewal_every)

    def look_at_on(self, since: date) -> date:
        """The day on which an access of unknown end is to be looked at."""
        return add_months(since, self.review_months)
