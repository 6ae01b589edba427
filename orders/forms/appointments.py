"""What is filled in to find, book, move and cancel an appointment."""

from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders.models import Place
from orders.services import agenda
from orders.services.agenda import NotOffered
from portal.requests import key_of
from portal.ui.fields import DayField


class Looked:
    """What an address asks to see; what makes no sense is as if it was not there."""

    def __init__(self, sent: Any, places: list[Place], *, present: int | None = None) -> None:
        """``present``: the key of the place that is booked now, seen first."""
        keys = {place.pk: place for place in places}
        wanted = key_of(sent.get("posto", "")) or present
        self.place = keys.get(wanted or 0) or (places[0] if places else None)
        self.month = _iso(sent.get("mes", "") + "-01")
        self.day = _iso(sent.get("dia", ""))
        self.as_list = sent.get("ver") == "lista"


def _iso(text: str) -> date | None:
    """None for what is no day, or one far from all that could be meant."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        return day if 2000 <= day.year <= 2200 else None
    return None


class HoldForm(forms.Form):
    """A time that was pressed: the place, and the begin on its clock."""

    posto = forms.ModelChoiceField(Place.objects.filter(is_active=True))
    inicio = forms.CharField(max_length=16)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        place, typed = found.get("posto"), found.get("inicio", "")
        if place:
            try:
                naive = datetime.fromisoformat(typed)
                found["start"] = agenda.local_instant(place.tz, naive.date(), naive.time())
            except (ValueError, OverflowError):
                raise ValidationError(_("Choose a day and a time.")) from None
            except NotOffered as error:
                raise ValidationError(str(error)) from None
        return found


class ReasonForm(forms.Form):
    """Why: asked of clients when they move or cancel, and of staff."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, widget=forms.Textarea({"rows": 2})
    )


class MissedForm(forms.Form):
    """That nobody came; whether the client is told."""

    tell = forms.BooleanField(
        label=gettext_lazy("Tell the client by e-mail"), required=False, initial=True
    )


class CancelForStaffForm(MissedForm, ReasonForm):
    """Why an agent cancels, and whether the client is told."""


class TimeForStaffForm(CancelForStaffForm):
    """Where and when an agent books or moves. ``over`` is asked where it does not fit."""

    place = forms.ModelChoiceField(Place.objects.all(), label=gettext_lazy("Place"))
    day = DayField(label=pgettext_lazy("date", "Day"))
    time = forms.TimeField(
        label=gettext_lazy("Time"), input_formats=["%H:%M", "%Hh%M", "%Hh", "%H"],
        widget=forms.TextInput({"inputmode": "numeric", "placeholder": "09:30", "autocomplete": "off"}),
    )  # fmt: skip
    over = forms.BooleanField(
        label=gettext_lazy("Book it all the same: I know that it does not fit"), required=False
    )
    field_order = ("place", "day", "time", "reason", "tell", "over")

    def __init__(
        self, *args: Any, reason_required: bool = True, asks_over: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = reason_required or bool(self.data.get("over"))
        if not asks_over:
            del self.fields["over"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if {"place", "day", "time"} <= found.keys() and found["day"]:
            try:
                found["start"] = agenda.local_instant(
                    found["place"].tz, found["day"], found["time"]
                )
            except (NotOffered, OverflowError) as error:
                self.add_error("time", str(error))
        return found

    def asking(self, why: str, *, may_over: bool) -> "TimeForStaffForm":
        """The same form, which says why the time does not fit and asks whether to book it all the
        same, with a reason."""
        asked = TimeForStaffForm(self.data, asks_over=may_over)
        asked.full_clean()
        asked.fields["reason"].required = True
        asked.add_error("over" if may_over else None, why)
        return asked
