"""People, the companies they act for, and the grants that say what they may see."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.taxid import CNPJField, CPFField, TaxIdField, is_cpf, mask_cpf, normalise

STATES = [
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA",
    "PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
]  # fmt: skip
BRAZILIAN_ZONES = [
    ("America/Sao_Paulo", _("Brasília (UTC−3)")),
    ("America/Noronha", _("Fernando de Noronha (UTC−2)")),
    ("America/Manaus", _("Manaus, Cuiabá, Porto Velho (UTC−4)")),
    ("America/Rio_Branco", _("Rio Branco (UTC−5)")),
]
phone_validator = RegexValidator(
    r"^\(\d{2}\) ?\d{4,5}-?\d{4}$|^\d{10,11}$", _("Enter the phone with area code, (31) 3247-5816.")
)
postal_code_validator = RegexValidator(r"^\d{5}-?\d{3}$", _("Enter the CEP as 00000-000."))


class Address(models.Model):
    """The address fields of the registration form."""

    street_type = models.CharField(_("street type"), max_length=30, blank=True)
    street = models.CharField(_("street"), max_length=120, blank=True)
    street_number = models.CharField(_("number"), max_length=10, blank=True)
    no_number = models.BooleanField(_("no number"), default=False)
    complement = models.CharField(_("complement"), max_length=60, blank=True)
    district = models.CharField(_("district"), max_length=60, blank=True)
    city = models.CharField(_("city"), max_length=60, blank=True)
    state = models.CharField(
        _("state"), max_length=2, blank=True, choices=[(s, s) for s in STATES]
    )
    postal_code = models.CharField(
        _("CEP"), max_length=9, blank=True, validators=[postal_code_validator]
    )
    country = models.CharField(_("country"), max_length=60, blank=True, default="Brasil")

    class Meta:
        abstract = True

    @property
    def address_lines(self) -> list[str]:
        """The address as it goes on paper, without empty lines."""
        number = _("no number") if self.no_number else self.street_number
        street = " ".join(filter(None, [self.street_type, self.street]))
        first = ", ".join(str(part) for part in [street, number, self.complement] if part)
        second = " – ".join(filter(None, [self.district, "/".join(filter(None, [self.city, self.state]))]))
        return [line for line in (first if street else "", second, self.postal_code) if line]


class UserManager(BaseUserManager["User"]):
    def create_user(self, password: str | None = None, **values: Any) -> "User":
        """A user known by ``cpf`` and/or ``email``."""
        user = self.model(**values)
        user.email = self.normalize_email(user.email).lower() or None if user.email else None
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, password: str | None = None, **values: Any) -> "User":
        return self.create_user(password, is_staff=True, is_superuser=True, **values)

    def by_login(self, login: str) -> "User | None":
        """The active or inactive user whose CPF or e-mail was typed, else None."""
        login = login.strip()
        if "@" in login:
            return self.filter(email=login.lower()).first()
        return self.filter(cpf=normalise(login)).first() if is_cpf(normalise(login)) else None

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(Q(email=(username or "").lower()) | Q(cpf=username))


class User(AbstractBaseUser, PermissionsMixin, Address):
    """A person. Known by CPF, by e-mail or by both."""

    cpf = CPFField(_("CPF"), unique=True, null=True, blank=True)
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=20, blank=True, validators=[phone_validator])
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    provisional_until = models.DateTimeField(_("provisional password until"), null=True, blank=True)
    date_joined = models.DateTimeField(_("registered at"), default=timezone.now)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("name",)
        indexes = [models.Index(fields=["name", "id"], name="user_by_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(cpf__isnull=False) | Q(email__isnull=False) | Q(erased_at__isnull=False),
                name="user_has_cpf_or_email",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower() if self.email else None
        self.cpf = self.cpf or None
        if not (self.cpf or self.email):
            raise ValidationError(_("Give a CPF, an e-mail or both."))

    @property
    def masked_cpf(self) -> str:
        return mask_cpf(self.cpf or "")

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]

    def provisional_is_over(self, at: datetime) -> bool:
        """Whether the password is a provisional one that was used already or has expired."""
        return self.must_change_password and not (
            self.provisional_until and self.provisional_until > at
        )

    def get_full_name(self) -> str:
        return self.name


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(self, user: Any, *, at: datetime | None = None) -> "CompanyQuerySet":
        """The companies of which the user may see at least one unit."""
        return self.filter(units__in=Unit.objects.visible_to(user, at=at)).distinct()

    def administered_by(self, user: Any, *, at: datetime | None = None) -> "CompanyQuerySet":
        """The companies whose users this person manages: by a grant on the whole company."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        grants = Grant.objects.in_force(at or timezone.now()).filter(
            user=user, company__isnull=False, level=Grant.Level.ADMIN
        )
        return self.filter(pk__in=grants.values("company"), is_active=True)


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
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ("name",)
        indexes = [models.Index(fields=["name", "id"], name="company_by_name")]

    def __str__(self) -> str:
        return self.name


class UnitQuerySet(models.QuerySet["Unit"]):
    def matching(self, text: str) -> "UnitQuerySet":
        """Units whose code, name, company or CNPJ goes with what a person typed freely."""
        words = [word for word in text.split() if len(word) >= 3 or word.isdigit()] or text.split()
        found = Q()
        for word in words[:8]:
            found |= Q(code__iexact=word) | Q(name__icontains=word) | Q(company__name__icontains=word)
            if number := normalise(word):
                found |= Q(cnpj=number) | Q(company__tax_id=number)
        return self.filter(found) if found else self.none()

    def visible_to(
        self, user: Any, *, at: datetime | None = None, permission: str = "accounts.view_unit"
    ) -> "UnitQuerySet":
        """Units that the user may see: by grant on the unit or its company; staff by permission.

        ``at`` (aware; now by default) is the instant at which grants must be in force. A desk
        that asks for its own rows names the permission that lets staff see those.
        """
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.is_staff and user.has_perm(permission):
            return self
        grants = Grant.objects.in_force(at or timezone.now()).filter(user=user)
        return self.filter(
            Q(pk__in=grants.filter(unit__isnull=False).values("unit"))
            | Q(company__in=grants.filter(company__isnull=False).values("company")),
            is_active=True,
            company__is_active=True,
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

    def __str__(self) -> str:
        return f"{self.code} – {self.name}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class GrantQuerySet(models.QuerySet["Grant"]):
    def in_force(self, at: datetime) -> "GrantQuerySet":
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=at),
            Q(valid_until__isnull=True) | Q(valid_until__gt=at),
            revoked_at__isnull=True,
        )


class Grant(models.Model):
    """Says that a user may see and do something at a company, or at one of its units."""

    class Level(models.TextChoices):
        VIEWER = "viewer", _("Consults")
        RECEIVER = "receiver", _("Receives and releases invoices")
        ADMIN = "admin", _("Administers the company's users")

    class Source(models.TextChoices):
        STAFF = "staff", _("Provider's staff")
        INVITATION = "invitation", _("Company administrator")
        CERTIFICATE = "certificate", _("Certificate login")
        PROXY = "proxy", _("Power of attorney")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants", verbose_name=_("user"))
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, null=True, blank=True, related_name="grants",
        verbose_name=_("company"),
    )  # fmt: skip
    unit = models.ForeignKey(
        Unit, on_delete=models.CASCADE, null=True, blank=True, related_name="grants",
        verbose_name=_("unit"),
    )  # fmt: skip
    level = models.CharField(_("level"), max_length=10, choices=Level.choices, default=Level.RECEIVER)
    scopes = models.JSONField(
        _("scopes"), default=list, blank=True,
        help_text=_("Services it is limited to; empty means all."),
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=12, choices=Source.choices, default=Source.STAFF)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    # As the company administrator typed them: shown until the person has come, so that an
    # invitation tells nothing about people whom the portal already knows.
    invited_name = models.CharField(max_length=120, blank=True, editable=False)
    invited_email = models.EmailField(blank=True, editable=False)
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
                fields=["user", "company", "source"],
                condition=Q(revoked_at__isnull=True, company__isnull=False),
                name="one_live_grant_per_company_and_source",
            ),
            models.UniqueConstraint(
                fields=["user", "unit", "source"],
                condition=Q(revoked_at__isnull=True, unit__isnull=False),
                name="one_live_grant_per_unit_and_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.unit or self.company}"

    def is_in_force(self, at: datetime) -> bool:
        """What ``GrantQuerySet.in_force`` says of this one."""
        begun = self.valid_from is None or self.valid_from <= at
        return begun and self.revoked_at is None and (self.valid_until is None or self.valid_until > at)

    @property
    def company_pk(self) -> int | None:
        """The company concerned, also of a grant on a unit."""
        return self.company_id or (self.unit.company_id if self.unit else None)

    def clean(self) -> None:
        if bool(self.company_id) == bool(self.unit_id):
            raise ValidationError(_("Choose a company or one of its units, not both."))
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValidationError({"valid_until": _("The end must come after the start.")})


class AccessRequest(models.Model):
    """A stranger asks for access; staff accept (which invites) or refuse."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")

    TRANSITIONS = {Status.PENDING: {Status.ACCEPTED, Status.REFUSED}}

    name = models.CharField(_("name"), max_length=120)
    cpf = CPFField(_("CPF"))
    email = models.EmailField(_("e-mail"))
    phone = models.CharField(_("phone"), max_length=20, validators=[phone_validator])
    unit_text = models.CharField(_("unit asked for"), max_length=160)
    message = models.TextField(_("message"), max_length=1000, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    refusal_reason = models.TextField(_("reason for refusal"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("access request")
        verbose_name_plural = _("access requests")
        ordering = ("-created_at",)
        permissions = [("decide_accessrequest", _("Can accept or refuse access requests"))]

    def __str__(self) -> str:
        return self.name

    @property
    def tone(self) -> str:
        """The badge of its state."""
        return {"pending": "wait", "accepted": "ok", "refused": "bad"}[self.status]


class AccessLink(models.Model):
    """A link that works once: invitation, recovery, change of e-mail. Only its SHA-256 is kept."""

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("Invitation")
        RECOVERY = "recovery", _("Password recovery")
        EMAIL = "email", _("Change of e-mail")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_links")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField(_("new e-mail"), blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("access link")
        verbose_name_plural = _("access links")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(
        cls, user: User, kind: str, *, hours: int, at: datetime, by: User | None = None,
        email: str = "",
    ) -> str:  # fmt: skip
        """Make a link and return its token (256 random bits), which is kept nowhere.

        ``email`` is the address that a change of e-mail confirms.
        """
        token = secrets.token_urlsafe(32)
        cls.objects.create(
            user=user, kind=kind, digest=cls.digest_of(token), created_by=by, email=email,
            expires_at=at + timedelta(hours=hours),
        )  # fmt: skip
        return token


class ErasureRequest(models.Model):
    """A person asks for their data to be erased (LGPD, art. 18 VI)."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")
        CANCELLED = "cancelled", _("Cancelled by the person")

    TRANSITIONS = {Status.PENDING: {Status.DONE, Status.REFUSED, Status.CANCELLED}}

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="erasure_requests")
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    answer = models.TextField(_("answer"), blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("erasure request")
        verbose_name_plural = _("erasure requests")
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="pending"), name="one_pending_erasure_per_user"
            )
        ]
        permissions = [("decide_erasurerequest", _("Can carry out or refuse erasure requests"))]

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at:%d/%m/%Y}"
