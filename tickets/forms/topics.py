"""Fields that a topic asks for, as form fields: their values are JSON."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.taxid import format_tax_id, normalise, validate_tax_id
from portal.ui.fields import DayField
from tickets.models import Topic, TopicField
from tickets.services import vehicles

Kind = TopicField.Kind
PREFIX = "field_"


class VehicleField(forms.CharField):
    """``check`` gives the value in one form, or None for what is none."""

    def __init__(self, *, check: Any, wrong: Any, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.check, self.wrong = check, wrong

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        found: str | None = self.check(text)
        if found is None:
            raise ValidationError(self.wrong)
        return found


def form_field(field: TopicField) -> forms.Field:
    """The form field of a topic's field."""
    common: dict[str, Any] = {
        "label": field.label, "required": field.is_required, "help_text": field.help,
    }  # fmt: skip
    if field.kind == Kind.CHOICE:
        choices = [("", _("Choose…")), *((text, text) for text in field.options)]
        return forms.ChoiceField(choices=choices, **common)
    make, options = _FIELDS[Kind(field.kind)]
    found: forms.Field = make(**options, **common)
    return found


def _tax_id(text: str) -> str | None:
    try:
        validate_tax_id(normalise(text))
        return format_tax_id(normalise(text))
    except ValidationError:
        return None


# Beside the choice, which has options of its own.
_FIELDS: dict[Kind, tuple[Any, dict[str, Any]]] = {
    Kind.TEXT: (forms.CharField, {"max_length": 300}),
    Kind.LONG: (forms.CharField, {"max_length": 4000, "widget": forms.Textarea({"rows": 4})}),
    Kind.NUMBER: (
        forms.DecimalField, {"max_digits": 15, "decimal_places": 2, "localize": True},
    ),
    Kind.DATE: (DayField, {}),
    Kind.RENAVAM: (
        VehicleField,
        {"check": vehicles.renavam, "wrong": gettext_lazy("This is no RENAVAM: check its digits.")},
    ),
    Kind.PLATE: (
        VehicleField,
        {
            "check": vehicles.plate,
            "wrong": gettext_lazy("Enter a plate such as ABC-1234 or ABC1D23."),
        },
    ),
    Kind.TAX_ID: (
        VehicleField,
        {"check": _tax_id, "wrong": gettext_lazy("This is no CPF or CNPJ: check its digits.")},
    ),
}  # fmt: skip


class TopicValues(forms.Form):
    """Adds the fields of a topic; ``values()`` gives what was filled in, by their names."""

    def add_topic_fields(self, topic: Topic | None, *, for_agents: bool) -> None:
        fields = topic.fields.filter(is_active=True) if topic else TopicField.objects.none()
        self.topic_fields = list(fields if for_agents else fields.filter(for_agents=False))
        for field in self.topic_fields:
            self.fields[PREFIX + field.name] = form_field(field)

    def values(self) -> dict[str, Any]:
        """As JSON: dates as ISO text, numbers as text."""
        found = {}
        for field in self.topic_fields:
            value = self.cleaned_data.get(PREFIX + field.name)
            if value not in (None, ""):
                found[field.name] = value.isoformat() if hasattr(value, "isoformat") else str(value)
        return found
