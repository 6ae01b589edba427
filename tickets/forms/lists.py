"""The filter of a client's list of orders."""

from typing import Any

from django import forms
from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.models import Ticket
from tickets.models.states import CLIENT_STATUS, ClientStatus
from tickets.models.tickets import TicketQuerySet
from tickets.services import finding

SHOWN = [
    ClientStatus.OPEN, ClientStatus.IN_SERVICE, ClientStatus.WAITING, ClientStatus.RESOLVED,
    ClientStatus.CLOSED,
]  # fmt: skip


class ClientFilter(forms.Form):
    """Beside each state stands how many of the orders found are in it: ``show_counts``."""

    status = forms.ChoiceField(label=pgettext_lazy("service order", "Status"), required=False)
    q = forms.CharField(label=_("Number or words"), required=False, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer({word: str(word.label) for word in SHOWN})

    def show_counts(self, counts: dict[ClientStatus, int]) -> None:
        """``Aberta (1)``: as many as the list has when that state is chosen."""
        self._offer({word: f"{word.label} ({counts[word]})" for word in SHOWN})

    def _offer(self, labels: dict[ClientStatus, str]) -> None:
        choices = [(word.value, label) for word, label in labels.items()]
        self.fields["status"].choices = [("", _("— Any status —")), *choices]  # type: ignore[attr-defined]

    def search(self, tickets: TicketQuerySet) -> TicketQuerySet:
        """Those with this number, or with these words; of every state. A text that is filled in
        wrongly matches nothing."""
        if "q" in self.errors:
            return tickets.none()
        text = self.cleaned_data["q"].strip()
        if not text:
            return tickets
        return finding.found_in(tickets, text, for_staff=False)

    def chosen_of(self, counts: dict[ClientStatus, int]) -> int:
        """How many of these are in the state that was chosen: as many as ``in_status`` finds."""
        if "status" in self.errors:
            return 0
        word = self.cleaned_data["status"]
        return counts[ClientStatus(word)] if word else sum(counts.values())

    def in_status(self, tickets: TicketQuerySet) -> TicketQuerySet:
        """Those in the state that was chosen; of an unknown one there are none."""
        if "status" in self.errors:
            return tickets.none()
        word = self.cleaned_data["status"]
        return tickets.filter(status__in=ClientStatus(word).statuses) if word else tickets


def counts_of(tickets: TicketQuerySet) -> dict[ClientStatus, int]:
    """How many orders stand in each state that clients know."""
    counts = dict.fromkeys(SHOWN, 0)
    found = tickets.order_by().values_list("status").annotate(Count("pk"))
    for status, count in found:
        counts[CLIENT_STATUS[Ticket.Status(status)]] += count
    return counts
