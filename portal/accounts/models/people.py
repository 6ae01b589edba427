"""People: known by CPF, by e-mail or by both."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Case, Q, When
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.opening import Means, Opening
from portal.states import STATES
from portal.taxid import CPFField, is_cpf, mask_cpf, normalise

phone_validator = RegexValidator(
    r"^\(\d{2}\) ?\d{4,5}-?\d{4}$|^\d{10,11}$", _("Enter the phone with area code, (31) 3247-5816.")
)
postal_code_validator = RegexValidator(r"^\d{5}-?\d{3}$", _("Enter the CEP as 00000-000."))
# Accounts looked at in a login, at most. As many passwords are hashed in each, so that its time
# does not tell how many accounts there are.
LOOKED_AT = 2


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

    def by_login(self, login: str) -> list["User"]:
        """Those whose CPF or e-mail was typed, active or not, at most ``LOOKED_AT``.

        First who proved it, then who has no other login name, then the oldest: so whoever is left
        out signs in by the other one.
        """
        login = login.strip()
        if "@" in login:
            found = self.filter(email=login.lower())
            proof, other = "email_proof", "cpf"
        elif is_cpf(normalise(login)):
            found = self.filter(cpf=normalise(login))
            proof, other = "cpf_proof", "email"
        else:
            return []
        unproven = Case(When(**{proof: ""}, then=1), default=0)
        has_other = Case(When(**{f"{other}__isnull": True}, then=0), default=1)
        return list(found.order_by(unproven, has_other, "pk")[:LOOKED_AT])

    def with_proven_cpf(self, cpf: str) -> "User | None":
        """Whose CPF this is; who only typed it is not looked at."""
        return self.filter(cpf=normalise(cpf)).exclude(cpf_proof="").first() if cpf else None

    def with_proven_email(self, email: str) -> "User | None":
        """Whose address this is; who only typed it is not looked at."""
        address = email.strip().lower()
        return self.filter(email=address).exclude(email_proof="").first() if address else None

    def get_by_natural_key(self, username: str | None) -> "User":
        """For Django's commands. Raises DoesNotExist."""
        found = self.by_login(username or "")
        if not found:
            raise self.model.DoesNotExist
        return found[0]


class User(AbstractBaseUser, PermissionsMixin, Address):
    """A person. Known by CPF, by e-mail or by both.

    A CPF or an e-mail that was only typed is a login name and says nothing of who somebody is:
    several people may have typed it. Proven, it is one person's. See docs/decisions/proven-identifiers.md.
    """

    class CpfProof(models.TextChoices):
        """How the CPF was proven; empty where it was only typed."""

        CERTIFICATE = "certificate", _("by digital certificate")
        IN_PERSON = "in_person", _("in person, with a document")

    class EmailProof(models.TextChoices):
        """How the e-mail was proven; empty where it was only typed."""

        LINK = "link", _("by a link that was opened")

    cpf = CPFField(_("CPF"), null=True, blank=True, db_index=True)
    cpf_proof = models.CharField(
        _("CPF confirmed"), max_length=12, choices=CpfProof.choices, blank=True, editable=False
    )
    cpf_proven_at = models.DateTimeField(
        _("CPF confirmed at"), null=True, blank=True, editable=False
    )
    email = models.EmailField(  # noqa: DJ001 - NULL: nobody is known by an empty one
        _("e-mail"), null=True, blank=True, db_index=True
    )
    email_proof = models.CharField(
        _("e-mail confirmed"), max_length=12, choices=EmailProof.choices, blank=True, editable=False
    )
    email_proven_at = models.DateTimeField(
        _("e-mail confirmed at"), null=True, blank=True, editable=False
    )
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
            models.UniqueConstraint(
                fields=["cpf"], condition=~Q(cpf_proof=""), name="one_person_per_proven_cpf"
            ),
            models.UniqueConstraint(
                fields=["email"], condition=~Q(email_proof=""), name="one_person_per_proven_email"
            ),
            models.CheckConstraint(
                condition=Q(cpf_proof="", cpf_proven_at__isnull=True)
                | (~Q(cpf_proof="") & Q(cpf__isnull=False, cpf_proven_at__isnull=False)),
                name="proven_cpf_is_there",
            ),
            models.CheckConstraint(
                condition=Q(email_proof="", email_proven_at__isnull=True)
                | (~Q(email_proof="") & Q(email__isnull=False, email_proven_at__isnull=False)),
                name="proven_email_is_there",
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
    def cpf_standing(self) -> str:
        """Whether the CPF is confirmed, how and on which day, in words; "" without one."""
        how = str(self.get_cpf_proof_display()) if self.cpf_proof else ""
        return _standing(how, self.cpf_proven_at) if self.cpf else ""

    @property
    def email_standing(self) -> str:
        """As ``cpf_standing``, of the e-mail."""
        how = str(self.get_email_proof_display()) if self.email_proof else ""
        return _standing(how, self.email_proven_at) if self.email else ""

    def unprove(self, changed: Collection[str]) -> None:
        """What has ``changed`` ("cpf", "email") is only typed from now on. Does not save."""
        if "cpf" in changed:
            self.cpf_proof, self.cpf_proven_at = "", None
        if "email" in changed:
            self.email_proof, self.email_proven_at = "", None

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

    def power_at(self, company: int, at: datetime) -> list[str]:
        """The keys of the powers of attorney by which alone this session reaches the company (its
        key); none where another grant does, and in sessions that no e-CPF opened. One query."""
        if self.opening is None or self.opening.means != Means.E_CPF:
            return []
        here = Q(company=company) | Q(unit__company=company)
        rows = self.grants.in_force(at).filter(here).values_list("source", "source_key")
        found = list(rows)
        by_power = all(source == "proxy" for source, _key in found)
        return sorted({key for _source, key in found}) if by_power else []

    def get_full_name(self) -> str:
        return self.name


def _standing(how: str, at: datetime | None) -> str:
    if at is None:
        return str(_("only typed, not confirmed"))
    day = formats.date_format(timezone.localtime(at), "SHORT_DATE_FORMAT")
    return str(_("confirmed %(how)s on %(day)s") % {"how": how, "day": day})
