"""Who sees and does what with an office's accesses: one rule, for every page and job."""

from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Company, Grant
from portal.taxid import CNPJField, TaxIdField, normalise, public_tax_id

SERVICE = "proxies"  # that a grant must name: it is sensitive
VERSIONS = "proxies_versions"  # former values, likewise
VIEW = "proxies.view_proxy"
LEVELS = list(Grant.Level.values)  # each includes those before


def offices_open_to(
    user: Any,
    *,
    at: datetime | None = None,
    level: str = Grant.Level.CONSULT,
    service: str = SERVICE,
) -> QuerySet[Company]:
    """The active offices in which a person has this level, by grants on the whole office that
    name the service.

    Consulting shows the accesses without their secrets; operating also registers and changes
    them and shows their secrets; administering also destroys them and sees who saw what. Staff of
    the provider have none of this: see ``offices_visible_to``.
    """
    if not (user.is_authenticated and user.is_active):
        return Company.objects.none()
    held = Grant.objects.held_by(user, at or timezone.now(), service=service)
    enough = LEVELS[LEVELS.index(level) :]
    keys = held.filter(company__isnull=False, level__in=enough).values("company")
    return Company.objects.filter(pk__in=keys, kind=Company.Kind.OFFICE, is_active=True)


def offices_visible_to(user: Any, *, at: datetime | None = None) -> QuerySet[Company]:
    """The offices whose accesses this person may list; staff with the permission see all of them,
    and never a secret."""
    if user.is_authenticated and user.is_active and user.is_staff:
        offices = Company.objects.filter(kind=Company.Kind.OFFICE)
        return offices if user.has_perm(VIEW) else offices.none()
    return offices_open_to(user, at=at)


class OfficeClientQuerySet(models.QuerySet["OfficeClient"]):
    def visible_to(self, user: Any, *, at: datetime | None = None) -> "OfficeClientQuerySet":
        return self.filter(office__in=offices_visible_to(user, at=at))

    def served(self, on: date) -> "OfficeClientQuerySet":
        """Those whose contract with the office has not ended by this civil day."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=on))

    def found_by(self, text: str) -> "OfficeClientQuerySet":
        """Those with these words, or their beginnings, in their name, accents apart; with this
        CPF, or with a CNPJ that begins so. The middle of a CPF is all that pages show of it: it
        is found whole alone."""
        number = normalise(text)
        if not any(map(str.isdigit, number)):
            return self.filter(name__words=text)
        found = Q(name__words=text) | Q(tax_id=number)
        found |= Q(tax_id__startswith=number, tax_id_length=CNPJField.length)
        return self.alias(tax_id_length=Length("tax_id")).filter(found)


class OfficeClient(models.Model):
    """Somebody whom an office serves, and in whose name it holds accesses.

    ``ended_on``: the first day on which the office no longer serves them.
    """

    office = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="office_clients", verbose_name=_("office")
    )
    name = models.CharField(_("name"), max_length=160)
    tax_id = TaxIdField(_("CNPJ or CPF"))
    ended_on = models.DateField(_("contract ended on"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = OfficeClientQuerySet.as_manager()

    class Meta:
        verbose_name = _("client of an office")
        verbose_name_plural = _("clients of offices")
        ordering = ("name",)
        constraints = [
            # Of a person whose data were erased the row stays, and says nothing of whom.
            models.UniqueConstraint(
                fields=["office", "tax_id"], condition=~Q(tax_id=""), name="proxies_client_once"
            )
        ]
        indexes = [models.Index(fields=["office", "name", "id"], name="proxies_client_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_tax_id(self) -> str:
        """The CNPJ with its mask; of a CPF only the middle."""
        return public_tax_id(self.tax_id)

    def is_served(self, on: date) -> bool:
        return self.ended_on is None or self.ended_on > on
