"""What the list of reminders is asked for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.reminders.registry import watches
from portal.reminders.services.listing import Selection

EXPIRED = "expired"


class ReminderFilter(forms.Form):
    """How soon it ends; what it is, where several desks watch something."""

    within = forms.ChoiceField(
        label=_("Expires"), required=False,
        choices=[
            ("", _("Within 60 days")), ("30", _("Within 30 days")), ("7", _("Within 7 days")),
            (EXPIRED, _("Expired already")),
        ],
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("What"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        known = watches()
        if len(known) < 2:
            del self.fields["kind"]
            return
        field: Any = self.fields["kind"]
        field.choices = [("", _("All")), *((watch.name, watch.label) for watch in known.values())]

    def selection(self) -> Selection:
        """What was asked for; everything where that makes no sense."""
        if not self.is_valid():
            return Selection()
        within, kind = self.cleaned_data["within"], self.cleaned_data.get("kind", "")
        if within == EXPIRED:
            return Selection(watch=kind, last=-1)
        return Selection(watch=kind, first=0, last=int(within)) if within else Selection(kind)
