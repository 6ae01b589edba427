"""The filter of a client's list of orders."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.models import EntryText
from tickets.models.tickets import ClientStatus, TicketQuerySet
from tickets.services import numbers

SHOWN = [
    ClientStatus.OPEN, ClientStatus.IN_SERVICE, ClientStatus.WAITING, ClientStatus.RESOLVED,
    ClientStatus.CLOSED,
]  # fmt: skip


class ClientFilter(forms.Form):
    """``counts``: how many orders each state has, shown beside its word."""

    status = forms.ChoiceField(label=_("Status"), required=False)
    q = forms.CharField(label=_("Number or words"), required=False, max_length=100)

    def __init__(self, *args: Any, counts: dict[ClientStatus, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(word.value, f"{word.label} ({counts[word]})") for word in SHOWN]
        self.fields["status"].choices = [("", _("— Any status —")), *choices]  # type: ignore[attr-defined]

    def apply(self, tickets: TicketQuerySet) -> TicketQuerySet:
        """What was filled in wrongly matches nothing. A number is looked up, words are searched."""
        if not self.is_valid():
            return tickets.none()
        if word := self.cleaned_data["status"]:
            tickets = tickets.filter(status__in=ClientStatus(word).statuses)
        if text := self.cleaned_data["q"].strip():
            number = numbers.typed(text)
            if number and number.number:
                return tickets.filter(number=number.number)
            if number:
                return tickets.filter(counter=number.counter)
            found = EntryText.objects.matching(text).filter(is_note=False)
            tickets = tickets.filter(pk__in=found.order_by().values("ticket"))
        return tickets
