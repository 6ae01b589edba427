"""The operator of the portal: one row that the top bar, mail and letterhead read."""

from typing import Any

from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
    URLValidator,
)
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.taxid import CNPJField


class Provider(models.Model):
    name = models.CharField(_("name"), max_length=120)
    short_name = models.CharField(
        _("short name"), max_length=40, help_text=_("Shown in the top bar.")
    )
    cnpj = CNPJField(_("CNPJ"))
    address = models.TextField(_("address"), max_length=300, blank=True)
    site = models.CharField(
        _("web site"), max_length=200, blank=True, validators=[URLValidator(["http", "https"])]
    )
    email = models.EmailField(_("e-mail"))
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    logo = models.BinaryField(_("logo"), null=True, blank=True, editable=False)
    logo_type = models.CharField(max_length=30, blank=True, editable=False)
    accent_colour = models.CharField(
        _("accent colour"), max_length=7, default="#1f5f8b",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Enter the colour as #rrggbb."))],
    )  # fmt: skip
    welcome = models.TextField(_("text of the front page"), blank=True)
    privacy = models.TextField(_("text of the privacy page"), blank=True, help_text=_("Markdown"))
    certificate_help = models.TextField(
        _("text of the page on the digital certificate"), blank=True,
        help_text=_("Markdown, shown at its top: for instance who must use one, from when, and where to buy it."),
    )  # fmt: skip
    retention_months = models.PositiveSmallIntegerField(
        _("months of retention"),
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    first_month = models.DateField(
        _("first month"), null=True, blank=True,
        help_text=_("The month of the oldest documents, mm/yyyy. Who asks for an earlier one is told."),
    )  # fmt: skip
    certificate_opens_root = models.BooleanField(
        _("an e-CNPJ opens every establishment of the same root"), default=False,
        help_text=_(
            "Off: it opens the units of its own CNPJ. On: those of every CNPJ with the same first "
            "eight characters (head office and branches)."
        ),
    )  # fmt: skip
    # Set by ``manage.py demo`` alone: a portal is either a demonstration or somebody's own.
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("provider")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)


class ContactDesk(models.Model):
    """Where a question goes: access questions and questions of amount have their own place."""

    class Topic(models.TextChoices):
        ACCESS = "access", _("Access to the portal")
        AMOUNT = "amount", _("Amounts of an invoice")
        OTHER = "other", _("Other matters")

    topic = models.CharField(
        _("topic"), max_length=10, choices=Topic.choices, unique=True, null=True, blank=True,
        help_text=_("What pages of the portal send here; empty: nothing by itself."),
    )  # fmt: skip
    name = models.CharField(_("department"), max_length=120)
    people = models.CharField(_("ask for"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"))
    hours = models.CharField(_("opening hours"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("contact desk")
        verbose_name_plural = _("contact desks")
        ordering = ("topic",)

    def __str__(self) -> str:
        return f"{self.get_topic_display()}: {self.name}" if self.topic else self.name
