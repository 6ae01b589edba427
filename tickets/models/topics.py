"""Topics: what a service order can be about, and the fields that each topic asks for."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.models.departments import Department, Priority


class TopicQuerySet(models.QuerySet["Topic"]):
    def offered(self) -> Self:
        """Those that clients may choose, with their departments."""
        found = self.filter(is_active=True, is_public=True, department__is_active=True)
        return found.select_related("department__desk")


class Topic(models.Model):
    """What an order is about ("IPVA - 1° Emplacamento"), and which department answers it."""

    class Event(models.TextChoices):
        """What a desk of the portal may tell that opens an order of this topic."""

        CONTESTED = "contested", _("A document was contested")
        QUESTION = "question", _("A question about a document")

    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        related_name="topics",
        verbose_name=pgettext_lazy("service order", "department"),
    )
    name = models.CharField(_("topic"), max_length=120)
    help = models.CharField(
        _("explanation"),
        max_length=300,
        blank=True,
        help_text=_("Shown where the topic is chosen."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_public = models.BooleanField(
        _("offered on the web"), default=True, help_text=_("Off: agents alone choose it.")
    )
    priority = models.CharField(
        _("priority"), max_length=8, choices=Priority.choices, default=Priority.NORMAL
    )
    seen_by_company = models.BooleanField(
        _("seen by the company's administrators"), default=False,
        help_text=_("Where the order was opened for a company or a unit."),
    )  # fmt: skip
    event = models.CharField(
        _("opened by"), max_length=10, choices=Event.choices, blank=True,
        help_text=_("What happens elsewhere in the portal and opens an order of this topic."),
    )  # fmt: skip
    order = models.PositiveSmallIntegerField(_("position"), default=50)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ("order", "name")
        constraints = [
            models.UniqueConstraint(fields=["department", "name"], name="topic_once"),
            models.UniqueConstraint(
                fields=["event"],
                condition=~models.Q(event=""),
                name="topic_of_event",
                violation_error_message=_("Another topic is opened by that already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TopicField(models.Model):
    """A field of a topic ("RENAVAM", "PLACA"). Its values stand in ``Ticket.values`` by ``name``."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        LONG = "long", _("Long text")
        NUMBER = "number", _("Number")
        CHOICE = "choice", _("Choice")
        DATE = "date", _("Date")
        TAX_ID = "tax_id", _("CPF or CNPJ")
        RENAVAM = "renavam", _("RENAVAM")
        PLATE = "plate", _("Vehicle plate")

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="fields")
    name = models.SlugField(
        _("name"), max_length=30, help_text=_("In spreadsheets; it does not change.")
    )
    label = models.CharField(_("label"), max_length=60)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.TEXT)
    choices = models.TextField(_("choices"), blank=True, help_text=_("One a line."))
    help = models.CharField(_("explanation"), max_length=200, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    for_agents = models.BooleanField(
        _("for agents only"), default=False, help_text=_("Clients neither fill it in nor see it.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    order = models.PositiveSmallIntegerField(_("position"), default=50)

    class Meta:
        verbose_name = _("field")
        verbose_name_plural = _("fields")
        ordering = ("order", "pk")
        constraints = [models.UniqueConstraint(fields=["topic", "name"], name="topic_field_once")]

    def __str__(self) -> str:
        return self.label

    @property
    def options(self) -> list[str]:
        """The choices, in their order."""
        return [line.strip() for line in self.choices.splitlines() if line.strip()]

    def clean(self) -> None:
        if self.kind == self.Kind.CHOICE and not self.options:
            raise ValidationError({"choices": _("Enter at least one choice.")})
