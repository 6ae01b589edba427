"""Companies, their units, and the grants that say who may see them."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, TextField
from django.db.models.functions import Cast, Length
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.labels import services_text
from portal.accounts.models.people import User, phone_validator
from portal.accounts.opening import Means
from portal.provider.services import provider_row
from portal.taxid import CNPJField, TaxIdField, normalise

BRAZILIAN_ZONES = [
    ("America/Sao_Paulo", _("Brasília (UTC−3)")),
    ("America/Noronha", _("Fernando de Noronha (UTC−2)")),
    ("America/Manaus", _("Manaus, Cuiabá, Porto Velho (UTC−4)")),
    ("America/Rio_Branco", _("Rio Branco (UTC−5)")),
]


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(
        self, user: Any, *, at: datetime | None = None, service: str = ""
    ) -> "CompanyQuerySet":
        """The companies of which the user may see at least one unit, in ``service`` if it is named."""
        units = Unit.objects.visible_to(user, at=at, service=service)
        return self.filter(pk__in=units.order_by().values("company"))

    def administered_by(self, user: Any, *, at: datetime | None = None) -> "CompanyQuerySet":
        """The companies whose users this person manages: by a grant on the whole company."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        grants = Grant.objects.held_by(user, at or timezone.now()).filter(
            company__isnull=False, level=Grant.Level.ADMINISTER
        )
        return self.filter(pk__in=grants.values("company"), is_active=True)

    def granted_to(self, user: Any, *, at: datetime) -> "CompanyQuerySet":
        """The active companies to which the person has some grant, however they came in."""
        grants = Grant.objects.in_force(at).filter(user=user).order_by()
        whole = grants.filter(company__isnull=False).values("company")
        units = Unit.objects.filter(pk__in=grants.filter(unit__isnull=False).values("unit"))
        some = whole.union(units.order_by().values("company"), all=True)
        return self.filter(pk__in=some, is_active=True)

    def certificate_only(self, *, on: date) -> "CompanyQuerySet":
        """Those that on this civil day are closed to whoever comes with a password."""
        return self.filter(certificate_only_from__lte=on)


class Company(models.Model):
    """A client of the provider: a public body, a company or an (accounting) office."""

    class Kind(models.TextChoices):
        PUBLIC_BODY = "public_body", _("Public body")
        COMPANY = "company", _("Company")
        OFFICE = "office", _("Office")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.COMPANY)
    name = models.CharField(_("name"), max_length=160)
    tax_id = TaxIdField(_("CNPJ or CPF"), unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True, validators=[phone_validator])
    is_active = models.BooleanField(_("active"), default=True)
    certificate_only_from = models.DateField(
        _("certificate only, from"), null=True, blank=True,
        help_text=_(
            "From this day on the company's documents open only for who signs in with a digital "
            "certificate. Its people are told at once and a week before. Empty: not required."
        ),
    )  # fmt: skip
    # When that was decided: who was told less than a week ago is not told again.
    certificate_only_set_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ("name",)
        # Words of the name: see migration 0004.
        indexes = [
            models.Index(fields=["name", "id"], name="company_by_name"),
            models.Index(
                fields=["email"], name="company_by_email", opclasses=["varchar_pattern_ops"]
            ),
            # Each order of the list of those that accept only certificates.
            models.Index(
                fields=["name", "id"],
                name="certificate_only_by_name",
                condition=Q(certificate_only_from__isnull=False),
            ),
            models.Index(
                fields=["certificate_only_from", "id"],
                name="certificate_only_by_day",
                condition=Q(certificate_only_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def requires_certificate(self, on: date) -> bool:
        """Whether on this civil day a password does not open the company."""
        return self.certificate_only_from is not None and self.certificate_only_from <= on


class UnitQuerySet(models.QuerySet["Unit"]):
    def matching(self, text: str) -> "UnitQuerySet":
        """Units whose code, name, company or CNPJ goes with what a person typed freely."""
        words = [word for word in text.split() if len(word) >= 3 or word.isdigit()] or text.split()
        found = Q()
        for word in words[:8]:
            found |= (
                Q(code__iexact=word) | Q(name__icontains=word) | Q(company__name__icontains=word)
            )
            if number := normalise(word):
                found |= Q(cnpj=number) | Q(company__tax_id=number)
        return self.filter(found) if found else self.none()

    def visible_to(
        self, user: Any, *, at: datetime | None = None, permission: str = "accounts.view_unit",
        service: str = "",
    ) -> "UnitQuerySet":  # fmt: skip
        """Units that the user may see: by grant on the unit or its company; staff by permission.

        ``at`` (aware; now by default) is the instant at which grants must be in force. A desk
        that asks for its own rows names its service, which a grant must open, and the permission
        that lets staff see them.
        """
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.is_staff and user.has_perm(permission):
            return self
        return self.under(Grant.objects.held_by(user, at or timezone.now(), service=service))

    def under(self, grants: "GrantQuerySet") -> "UnitQuerySet":
        """The active units that these grants open, each or through its company."""
        return self.granted(
            grants.filter(unit__isnull=False).values("unit"),
            grants.filter(company__isnull=False).values("company"),
        )

    def granted(self, units: Any, companies: Any) -> "UnitQuerySet":
        """The active ones among ``units`` and those of ``companies``: keys, or queries for them."""
        # Each by its own index: joined by OR, they cost reading every unit that there is.
        every = self.model._base_manager.order_by().values("pk")
        opened = every.filter(pk__in=units).union(every.filter(company__in=companies), all=True)
        return self.filter(pk__in=opened, is_active=True, company__is_active=True)

    def opened_by(self, cnpj: str) -> "UnitQuerySet":
        """The active units that an e-CNPJ of this (normalised) CNPJ opens.

        Those of this very establishment; a unit without a CNPJ has its company's. Where the
        operator says so, those of every establishment with the same eight characters in front.
        """
        if len(cnpj) != 14:
            return self.none()
        units = self.filter(is_active=True, company__is_active=True)
        if not provider_row().certificate_opens_root:
            return units.filter(Q(cnpj=cnpj) | Q(cnpj="", company__tax_id=cnpj))
        root = cnpj[:8]
        # A company may be known by a CPF, whose first digits are nobody's root.
        units = units.alias(length=Length("company__tax_id"))
        return units.filter(
            Q(cnpj__startswith=root) | Q(cnpj="", length=14, company__tax_id__startswith=root)
        )


class Unit(models.Model):
    """A unit of a company: what is billed. Its code is the provider's, unique across companies."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="units", verbose_name=_("company")
    )
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    cnpj = CNPJField(_("CNPJ of the establishment"), blank=True)
    state_registration = models.CharField(_("state registration"), max_length=20, blank=True)
    timezone = models.CharField(
        _("time zone"), max_length=30, choices=BRAZILIAN_ZONES, default="America/Sao_Paulo"
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ("code",)
        indexes = [models.Index(fields=["cnpj"], name="unit_by_cnpj")]

    def __str__(self) -> str:
        return f"{self.code} – {self.name}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class GrantQuerySet(models.QuerySet["Grant"]):
    def not_ended(self, at: datetime) -> "GrantQuerySet":
        """Neither revoked nor past their end; some may not have begun."""
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=at), revoked_at__isnull=True
        )

    def in_force(self, at: datetime) -> "GrantQuerySet":
        """Those that open something at this instant. What a member of staff was given before does
        not: staff see by their permissions, and never act for a client."""
        begun = Q(valid_from__isnull=True) | Q(valid_from__lte=at)
        return self.not_ended(at).filter(begun, user__is_staff=False)

    def opening(self, service: str) -> "GrantQuerySet":
        """Those that open a service: see ``Grant.opens``. KeyError where no desk has it."""
        # Names are slugs: between quotation marks they are found in the text of the list.
        found = self.alias(named=Cast("scopes", TextField()))
        opening = Q(named__contains=f'"{service}"')
        if not desks.services()[service].sensitive:
            opening |= Q(scopes=[])
        return found.filter(opening)

    def close_ended(self, at: datetime) -> list[int]:
        """Mark those that are past their end as over, at that end, so that a new grant of the same
        source may begin; their keys."""
        ended = list(self.filter(revoked_at=None, valid_until__lte=at).values_list("pk", flat=True))
        if ended:
            self.model._base_manager.filter(pk__in=ended).update(revoked_at=F("valid_until"))
        return ended

    def held_by(self, user: Any, at: datetime, *, service: str = "") -> "GrantQuerySet":
        """What this person may rely on, in the session by which they ask: the one rule of access.

        With ``service`` only what opens it. An e-CNPJ session has what that CNPJ opens and nothing
        else of the person's. One opened by a password lacks what a certificate or a power of
        attorney gave, and the companies that accept certificates only. Outside of a session (jobs, commands) every grant
        in force counts. Staff have none, by whatever they came in, and need no statement to know:
        see ``in_force``.
        """
        if getattr(user, "is_staff", False):
            return self.none()
        grants = self.in_force(at).filter(user=user)
        if service:
            grants = grants.opening(service)
        opening = getattr(user, "opening", None)
        if opening is None:
            return grants
        if opening.is_limited:
            units = Unit.objects.opened_by(opening.cnpj)
            return grants.filter(source=Grant.Source.CERTIFICATE, unit__in=units)
        if opening.means == Means.PASSWORD:
            return grants.open_to_passwords(timezone.localdate(at))
        return grants

    def open_to_passwords(self, on: date) -> "GrantQuerySet":
        """Without those that only a certificate opens: what one gave, powers of attorney, which are
        used with an e-CPF, and those on companies that on this civil day ask for one."""
        open_to = ~Q(source__in=[Grant.Source.CERTIFICATE, Grant.Source.PROXY])
        for field in ("company__certificate_only_from", "unit__company__certificate_only_from"):
            open_to &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gt": on})
        return self.filter(open_to)


class Grant(models.Model):
    """Says that a user may see and do something at a company, or at one of its units.

    It ends by being revoked, or at ``valid_until``. Access that is given anew is a new grant: see
    ``portal.accounts.services.grant_access``.
    """

    class Level(models.TextChoices):
        """Each includes the one before. What operating means is each desk's: ``Service.operate``."""

        CONSULT = "consult", _("Consults")
        OPERATE = "operate", _("Operates")
        ADMINISTER = "administer", _("Administers")

    class Source(models.TextChoices):
        STAFF = "staff", _("Provider's staff")
        INVITATION = "invitation", _("Company administrator")
        CERTIFICATE = "certificate", _("Certificate login")
        PROXY = "proxy", _("Power of attorney")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="grants", verbose_name=_("user")
    )
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, null=True, blank=True, related_name="grants",
        verbose_name=_("company"),
    )  # fmt: skip
    unit = models.ForeignKey(
        Unit, on_delete=models.CASCADE, null=True, blank=True, related_name="grants",
        verbose_name=_("unit"),
    )  # fmt: skip
    level = models.CharField(
        _("level"), max_length=10, choices=Level.choices, default=Level.OPERATE
    )
    # Names of services (``desks.services``); none: all but the sensitive ones.
    scopes = models.JSONField(_("services"), default=list, blank=True)
    source = models.CharField(
        _("source"), max_length=12, choices=Source.choices, default=Source.STAFF
    )
    # What tells grants of one source apart, such as the power of attorney that each comes from.
    source_key = models.CharField(max_length=64, blank=True, editable=False)
    # Of the e-CNPJ that gave it; what that CNPJ no longer opens is revoked at its next login.
    certificate_cnpj = models.CharField(max_length=14, blank=True, editable=False)
    # Of the certificate itself, as last shown: when it is revoked, what it gave ends.
    certificate_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            models.CheckConstraint(
                condition=Q(company__isnull=False, unit__isnull=True)
                | Q(company__isnull=True, unit__isnull=False),
                name="grant_on_company_or_unit",
            ),
            models.UniqueConstraint(
                fields=["user", "company", "source", "source_key"],
                condition=Q(revoked_at__isnull=True, company__isnull=False),
                name="one_live_grant_per_company_and_source",
            ),
            models.UniqueConstraint(
                fields=["user", "unit", "source", "source_key"],
                condition=Q(revoked_at__isnull=True, unit__isnull=False),
                name="one_live_grant_per_unit_and_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.unit or self.company}"

    def is_in_force(self, at: datetime) -> bool:
        """What ``GrantQuerySet.in_force`` says of this one."""
        begun = self.valid_from is None or self.valid_from <= at
        return (
            begun
            and not self.user.is_staff
            and self.revoked_at is None
            and (self.valid_until is None or self.valid_until > at)
        )

    @property
    def company_pk(self) -> int | None:
        """The company concerned, also of a grant on a unit."""
        return self.company_id or (self.unit.company_id if self.unit else None)

    def opens(self, service: str) -> bool:
        """Whether it opens this service: that it names, or any that is not sensitive where it
        names none. KeyError where no desk has it."""
        return opens(self.scopes, service)

    @property
    def services_text(self) -> str:
        """The services that it opens, as people call them."""
        return services_text(self.scopes)

    @property
    def last_day(self) -> date | None:
        """The last civil day (Brasília) on which it opens something; None without an end."""
        return last_day_before(self.valid_until)

    def clean(self) -> None:
        self.scopes = sorted(set(self.scopes))
        if unknown := set(self.scopes) - desks.services().keys():
            text = _("There is no service called %(name)s.")
            raise ValidationError({"scopes": text % {"name": ", ".join(sorted(unknown))}})
        if bool(self.company_id) == bool(self.unit_id):
            raise ValidationError(_("Choose a company or one of its units, not both."))
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValidationError({"valid_until": _("The end must come after the start.")})


def opens(scopes: Collection[str], service: str) -> bool:
    """Whether a grant with these scopes opens a service. KeyError where no desk has it."""
    sensitive = desks.services()[service].sensitive
    return service in scopes or not (scopes or sensitive)


def last_day_before(end: datetime | None) -> date | None:
    """The last civil day (Brasília) before this instant; None where there is no end."""
    return timezone.localdate(end - timedelta(microseconds=1)) if end else None
