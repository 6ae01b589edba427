"""The filters of the outbox."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.outbox.models import Entry

_ALL = [("", _("All"))]


class OutboxFilter(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[*_ALL, *Entry.Kind.choices])
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[*_ALL, *Entry.Status.choices]
    )
    recipient = forms.EmailField(label=_("Recipient (whole e-mail)"), required=False)

    def apply(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        """The entries that match; what was filled in wrongly matches nothing."""
        if not self.is_valid():
            return entries.none()
        chosen: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value}
        if "recipient" in chosen:
            chosen["recipient"] = chosen["recipient"].lower()
        return entries.filter(**chosen)
