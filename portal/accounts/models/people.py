"""People: known by CPF, by e-mail or by both."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.opening import Opening
from portal.states import STATES
from portal.taxid import CPFField, is_cpf, mask_cpf, normalise

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
    state = models.CharField(_("state"), max_length=2, blank=True, choices=[(s, s) for s in STATES])
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
        second = " – ".join(
            filter(None, [self.district, "/".join(filter(None, [self.city, self.state]))])
        )
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
    phone_extension = models.CharField(
        _("extension"),
        max_length=6,
        blank=True,
        validators=[RegexValidator(r"^\d{1,6}$", _("Digits only."))],
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    provisional_until = models.DateTimeField(_("provisional password until"), null=True, blank=True)
    date_joined = models.DateTimeField(_("registered at"), default=timezone.now)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)

    # How the session was opened by which this person asks; None outside of one (jobs, commands).
    opening: Opening | None = None

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
                condition=Q(cpf__isnull=False)
                | Q(email__isnull=False)
                | Q(erased_at__isnull=False),
                name="user_has_cpf_or_email",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if self.is_limited and (fields is None or {"is_staff", "is_superuser"} & set(fields)):
            raise RuntimeError("A limited session's stand-in must not be written back.")
        super().save(*args, **kwargs)

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

    def set_login_method(self, opening: Opening) -> None:
        """This object stands for the person in a session opened so. Never to be undone.

        An e-CNPJ leaves nothing of what the person may do as staff: its file may be in several
        hands.
        """
        self.opening = opening
        if opening.is_limited:
            self.is_staff = self.is_superuser = False

    @property
    def is_limited(self) -> bool:
        return self.opening is not None and self.opening.is_limited

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return not self.is_limited and super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return not self.is_limited and super().has_module_perms(app_label)

    def provisional_is_over(self, at: datetime) -> bool:
        """Whether the password is a provisional one that was used already or has expired."""
        return self.must_change_password and not (
            self.provisional_until and self.provisional_until > at
        )

    def get_full_name(self) -> str:
        return self.name
