"""The filter of the agents' queues."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.models import User
from portal.ui.fields import DayField
from tickets.models import Department, Ticket, Topic
from tickets.models.departments import Priority
from tickets.models.states import UNFINISHED
from tickets.models.tickets import TicketQuerySet
from tickets.services import finding, queues

Status = Ticket.Status
ME, NOBODY = "me", "nobody"
ALL = pgettext_lazy("service orders", "All")


class QueueFilter(forms.Form):
    """What narrows a queue further; all of it stands in the address."""

    queue = forms.ChoiceField(
        required=False, choices=list(queues.LABELS.items()), widget=forms.HiddenInput
    )
    q = forms.CharField(label=_("Search"), required=False, max_length=100,
        widget=forms.TextInput({"placeholder": _("number, e-mail, words")}),
    )  # fmt: skip
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("Department"), required=False
    )
    topic = forms.ModelChoiceField(
        Topic.objects.none(), label=_("Topic"), required=False, empty_label=_("All")
    )
    status = forms.ChoiceField(label=_("Status"), required=False)
    priority = forms.ChoiceField(
        label=_("Priority"), required=False, choices=[("", ALL), *Priority.choices]
    )
    assigned = forms.ChoiceField(label=_("Assigned to"), required=False)
    since = DayField(label=_("Created from"), required=False)
    until = DayField(label=_("Created until"), required=False)

    def __init__(self, data: Any, *, agent: queues.Agent, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.agent = agent
        fields: Any = self.fields
        fields["department"].queryset = queues.departments_of(agent.user)
        departments = list(fields["department"].queryset)
        fields["department"].choices = [
            ("", _("All")),
            *((one.pk, str(one)) for one in departments),
        ]
        fields["topic"].queryset = Topic.objects.filter(department__in=departments)
        fields["status"].choices = [("", ALL), *self._statuses()]
        fields["assigned"].choices = [
            ("", ALL), (ME, _("Me")), (NOBODY, _("Nobody")), *_colleagues(agent, departments),
        ]  # fmt: skip
        # The queue itself is no filter: who clears the filters stays in it.
        fields["queue"].initial = data.get("queue", "")

    @property
    def queue_name(self) -> str:
        """The queue that is asked for; an unknown one is the first."""
        name = self.data.get("queue", "")
        return name if name in queues.LABELS else queues.DEFAULT

    def _statuses(self) -> list[tuple[str, Any]]:
        """Those that the orders of this queue can have."""
        if self.queue_name == queues.ALL:
            return [choice for choice in Status.choices if choice[0] != Status.UNCONFIRMED]
        return [(status.value, status.label) for status in UNFINISHED]

    def apply(self, tickets: TicketQuerySet, *, at: datetime) -> TicketQuerySet:
        """What was filled in wrongly matches nothing."""
        if not self.is_valid():
            return tickets.none()
        values = self.cleaned_data
        found = queues.of_queue(self.queue_name, tickets, agent=self.agent, at=at)
        for name in ("department", "topic", "status", "priority"):
            if values[name]:
                found = found.filter(**{name: values[name]})
        found = found.filter(self._assigned(), self._period())
        text = values["q"].strip()
        return finding.found_in(found, text, for_staff=True) if text else found

    def _assigned(self) -> Q:
        to = self.cleaned_data["assigned"]
        if to == NOBODY:
            return Q(assigned_to=None)
        if to == ME:
            return Q(assigned_to=self.agent.user)
        return Q(assigned_to=int(to)) if to else Q()

    def _period(self) -> Q:
        """Both days are within it."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        asked = Q(created_at__gte=_midnight(since)) if since else Q()
        if until:
            asked &= Q(created_at__lt=_midnight(until + timedelta(days=1)))
        return asked


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _colleagues(agent: queues.Agent, departments: list[Department]) -> list[tuple[str, str]]:
    """The other agents of these departments, by name."""
    found = User.objects.filter(memberships__department__in=departments, is_active=True)
    others = found.exclude(pk=agent.user.pk).distinct().order_by("name", "pk")
    return [(str(pk), name) for pk, name in others.values_list("pk", "name")]
