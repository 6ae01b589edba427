"""What may be ordered: certificates by kind, medium and years, with their price."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CustomerType(models.TextChoices):
    PERSON = "person", _("Natural person")
    COMPANY = "company", _("Legal entity")
    PUBLIC = "public", pgettext_lazy("customer", "Public body")


class Product(models.Model):
    """One certificate as it is sold. Its price is copied onto the order: a new price is for new ones."""

    class Kind(models.TextChoices):
        E_CPF = "e_cpf", "e-CPF"
        E_CNPJ = "e_cnpj", "e-CNPJ"

    class Level(models.TextChoices):
        A1 = "a1", "A1"
        A3 = "a3", "A3"

    class Medium(models.TextChoices):
        FILE = "file", _("File")
        TOKEN = "token", _("Token")
        CARD = "card", _("Smart card")
        NONE = "none", _("No device (the client has one)")

    class Signature(models.TextChoices):
        """With what level of certificate a renewal is confirmed (Resolution CG ICP-Brasil 211/2024,
        3.3: A3 or higher; any is the older practice)."""

        A3 = "a3", _("A3 or higher")
        ANY = "any", _("any level (older rule, demonstration)")

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    level = models.CharField(_("level"), max_length=2, choices=Level.choices)
    medium = models.CharField(_("medium"), max_length=5, choices=Medium.choices)
    years = models.PositiveSmallIntegerField(
        _("years of validity"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    is_renewal = models.BooleanField(_("renewal"), default=False)
    # Of renewals alone: who may confirm one without coming in person.
    signature_level = models.CharField(
        _("certificate that confirms a renewal"), max_length=3, choices=Signature.choices,
        default=Signature.A3,
    )  # fmt: skip
    max_consecutive = models.PositiveSmallIntegerField(
        _("renewals in a row"), default=1,
        help_text=_("Without coming in person in between. 0: no limit."),
    )  # fmt: skip
    window_days = models.PositiveSmallIntegerField(
        _("days before the end"), default=30,
        help_text=_("From when a renewal may be confirmed. 0: at any time."),
    )  # fmt: skip
    price_cents = models.PositiveIntegerField(_("price"))
    for_person = models.BooleanField(_("for natural persons"), default=True)
    for_company = models.BooleanField(_("for legal entities"), default=False)
    for_public = models.BooleanField(_("for public bodies"), default=False)
    text = models.CharField(_("in a sentence"), max_length=200, blank=True)
    # Documents that the holder brings or sends, a line each.
    documents = models.TextField(_("documents asked for, a line each"), blank=True)
    is_active = models.BooleanField(_("offered"), default=True)
    order = models.PositiveSmallIntegerField(_("position"), default=50)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("order", "name")
        constraints = [
            models.CheckConstraint(condition=Q(years__gte=1, years__lte=5), name="orders_years"),
            models.CheckConstraint(
                condition=~Q(level="a1") | Q(medium="file"), name="orders_a1_is_a_file"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def is_for(self, customer_type: str) -> bool:
        """Whether this kind of customer may order it."""
        return bool(getattr(self, f"for_{customer_type}"))
