"""Form fields of the whole portal: month, day and amount, typed in any usual way."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from portal.money import format_cents, parse_cents
from portal.periods import format_day, format_period, parse_day, parse_period


def _typed(inputmode: str, **attrs: Any) -> forms.TextInput:
    return forms.TextInput({"inputmode": inputmode, "autocomplete": "off", **attrs})


class PeriodField(forms.CharField):
    """A month; gives its first day, None where it may be left empty. ``attrs``: of its input."""

    def __init__(self, *, attrs: dict[str, Any] | None = None, **options: Any) -> None:
        options.setdefault("label", _("Period"))
        widget = _typed("numeric", placeholder=_("mm/yyyy"), **(attrs or {}))
        super().__init__(max_length=30, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        return format_period(value) if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        return parse_period(text) if text else None


class DayField(forms.CharField):
    """A day; None where it may be left empty. ``attrs``: of its input. ``limits``: ``first_year``,
    where it may lie further back (see ``parse_day``)."""

    def __init__(
        self,
        *,
        attrs: dict[str, Any] | None = None,
        limits: dict[str, int] | None = None,
        **options: Any,
    ) -> None:
        self.limits = limits or {}
        widget = _typed("numeric", placeholder=_("dd/mm/yyyy"), **(attrs or {}))
        super().__init__(max_length=30, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        return format_day(value) if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        return parse_day(text, **self.limits) if text else None


class CentsField(forms.CharField):
    """An amount in reais; gives cents, None where it may be left empty."""

    def __init__(self, *, attrs: dict[str, Any] | None = None, **options: Any) -> None:
        widget = _typed("decimal", **{"class": "num", **(attrs or {})})
        super().__init__(max_length=24, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        return format_cents(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        return parse_cents(text) if text else None


class _Choices(ModelChoiceIterator[Any]):
    """The choices, or one line that says where they are filled."""

    field: "FilledChoiceField"

    def __iter__(self) -> Iterator[Any]:
        found = list(super().__iter__())
        yield from found if any(value for value, _label in found) else [("", self.field.nothing)]


class FilledChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among rows that somebody must have added; ``nothing`` says where, if there are none."""

    iterator = _Choices

    def __init__(self, queryset: Any, *, nothing: Any, **options: Any) -> None:
        self.nothing = nothing
        super().__init__(queryset, **options)
