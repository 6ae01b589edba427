"""Form fields for working hours: the intervals of a day as people write them, and a week of them."""

import re
from datetime import time
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

M = TypeVar("M", bound=models.Model)
DAYS = [f"day_{n}" for n in range(7)]  # Monday first, as in ``portal.hours``
END_OF_DAY = "24:00"
_TIME = r"(\d{1,2})(?:[:h.](\d{2})?)?"
_INTERVAL = re.compile(rf"{_TIME}\s*(?:-|–|às|as|a|até|to)\s*{_TIME}", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;]|\se\s|\sand\s", re.IGNORECASE)


class HoursField(forms.CharField):
    """The intervals of one day, as people write them: ``8:00 às 12:00, 13h às 18h``; empty: closed."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput({"size": 40, "placeholder": "08:00 às 12:00, 13:00 às 18:00"})
        super().__init__(required=False, max_length=200, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        return hours_text(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[list[str]]:
        return typed_hours(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def hours_text(day: list[list[str]]) -> str:
    """The intervals of a day as one reads and types them."""
    return ", ".join(f"{begin} às {end}" for begin, end in day)


def typed_hours(text: str) -> list[list[str]]:
    """The intervals of one day. ValidationError, in words, for what is none."""
    found: list[list[str]] = []
    for part in filter(None, (part.strip() for part in _BETWEEN.split(text))):
        match = _INTERVAL.fullmatch(part)
        if match is None:
            raise ValidationError(
                _("“%(text)s” is no interval. Enter for instance 08:00 às 12:00.") % {"text": part}
            )
        begin, end = _clock(match[1], match[2]), _clock(match[3], match[4])
        if begin >= end:
            raise ValidationError(_("“%(text)s” ends before it begins.") % {"text": part})
        if found and begin < found[-1][1]:
            raise ValidationError(
                _("“%(text)s” begins before the interval ahead of it has ended.") % {"text": part}
            )
        if found and begin == found[-1][1]:
            found[-1][1] = end
        else:
            found.append([begin, end])
    return found


def _clock(hours: str, minutes: str | None) -> str:
    text = f"{int(hours):02}:{minutes or '00'}"
    if text != END_OF_DAY:
        try:
            time.fromisoformat(text)
        except ValueError:
            raise ValidationError(_("There is no time %(text)s.") % {"text": text}) from None
    return text


class WeekForm(forms.ModelForm[M]):
    """A form of what has ``hours``: a field for each day of the week."""

    day_0 = HoursField(label=gettext_lazy("Monday"))
    day_1 = HoursField(label=gettext_lazy("Tuesday"))
    day_2 = HoursField(label=gettext_lazy("Wednesday"))
    day_3 = HoursField(label=gettext_lazy("Thursday"))
    day_4 = HoursField(label=gettext_lazy("Friday"))
    day_5 = HoursField(label=gettext_lazy("Saturday"))
    day_6 = HoursField(label=gettext_lazy("Sunday"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, day in zip(DAYS, self.kept.hours, strict=True):
            if name in self.fields:
                self.initial.setdefault(name, hours_text(day))

    @property
    def kept(self) -> Any:
        """The row, which has ``hours``."""
        return self.instance

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if all(name in found for name in DAYS):
            hours = [found[name] for name in DAYS]
            if any(hours):
                self.kept.hours = hours
            else:
                self.add_error("day_0", _("Enter at least one day of work."))
        return found
