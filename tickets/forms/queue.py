"""The agents' queues and their filter."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.models import Department, EntryText, Ticket, Topic
from tickets.models.departments import Priority
from tickets.models.tickets import TicketQuerySet
from tickets.services import numbers, queues

Status = Ticket.Status


class QueueFilter(forms.Form):
    """What narrows a queue further; all of it stands in the address."""

    queue = forms.ChoiceField(label=_("Queue"), required=False, choices=list(queues.LABELS.items()))
    q = forms.CharField(label=_("Number or words"), required=False, max_length=100)
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("Department"), required=False, empty_label=_("All")
    )
    topic = forms.ModelChoiceField(
        Topic.objects.none(), label=_("Topic"), required=False, empty_label=_("All")
    )
    status = forms.ChoiceField(label=_("Status"), required=False)
    priority = forms.ChoiceField(label=_("Priority"), required=False)

    def __init__(self, *args: Any, user: Any, departments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        fields: Any = self.fields
        fields["department"].queryset = departments
        fields["topic"].queryset = Topic.objects.filter(department__in=departments)
        shown = [choice for choice in Status.choices if choice[0] != Status.UNCONFIRMED]
        fields["status"].choices = [("", _("All")), *shown]
        fields["priority"].choices = [("", _("All")), *Priority.choices]

    def apply(self, tickets: TicketQuerySet, *, at: datetime) -> TicketQuerySet:
        """What was filled in wrongly matches nothing."""
        if not self.is_valid():
            return tickets.none()
        values = self.cleaned_data
        found = queues.of_queue(values["queue"] or queues.DEFAULT, tickets, user=self.user, at=at)
        for name in ("department", "topic", "status", "priority"):
            if values[name]:
                found = found.filter(**{name: values[name]})
        return _searched(found, values["q"].strip())


def _searched(tickets: TicketQuerySet, text: str) -> TicketQuerySet:
    """A number is looked up, an address is one exactly, words are searched."""
    number = numbers.typed(text)
    if number and number.number:
        return tickets.filter(number=number.number)
    if number:
        return tickets.filter(counter=number.counter)
    if "@" in text:
        return tickets.filter(participants__email=text.lower())
    if text:
        words = EntryText.objects.matching(text).order_by().values("ticket")
        return tickets.filter(pk__in=words)
    return tickets
