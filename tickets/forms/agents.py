"""What agents fill in about one order."""

from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from portal.requests import LARGEST_KEY, key_of
from tickets.forms.clients import MessageForm
from tickets.forms.topics import PREFIX, TopicValues
from tickets.models import Department, Draft, EntryText, Ticket
from tickets.models.departments import Priority
from tickets.models.tickets import TicketQuerySet
from tickets.services import numbers

Status = Ticket.Status
OFFERED = 10  # orders into which one may be merged


def from_draft(draft: Draft | None) -> dict[str, Any]:
    """What a form of messages starts with: what was kept of it."""
    return {"html": draft.html} if draft else {}


class AnswerForm(MessageForm):
    """An answer and the state in which it leaves the order. ``seen``: the last entry on the page."""

    to = forms.ChoiceField(
        label=gettext_lazy("Then"), widget=forms.RadioSelect, initial=Status.WAITING_CLIENT,
        choices=[
            (Status.WAITING_CLIENT, gettext_lazy("Answer and wait for the client")),
            (Status.RESOLVED, gettext_lazy("Answer and resolve")),
        ],
    )  # fmt: skip
    seen = forms.IntegerField(
        required=False, min_value=0, max_value=LARGEST_KEY, widget=forms.HiddenInput
    )
    field_order = ["message", "html", "attachments", "to", "seen"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["message"].label = _("Answer to the client")


class NoteForm(MessageForm):
    """An internal note, which no client sees."""

    seen = forms.IntegerField(
        required=False, min_value=0, max_value=LARGEST_KEY, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "note", **kwargs})
        self.fields["message"].label = _("Note for the team")
        self.fields["message"].widget.attrs["rows"] = 4


class DraftForm(forms.Form):
    """What stands in the form of an answer or a note while it is typed; nothing of it is judged."""

    message = forms.CharField(required=False, strip=False)
    html = forms.CharField(required=False, strip=False)
    seen = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_KEY)


class AssignForm(forms.Form):
    agent = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Assigned to"), required=False,
        empty_label=gettext_lazy("Nobody: in the queue"),
    )  # fmt: skip
    shown = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(
            *args, **{"initial": {"agent": ticket.assigned_to_id}, "auto_id": "assign_%s", **kwargs}
        )
        members = ticket.department.members.filter(is_active=True, is_staff=True)
        self.fields["agent"].queryset = members.order_by("name")  # type: ignore[attr-defined]
        self.fields["shown"].initial = ticket.assigned_to_id


class TransferForm(forms.Form):
    department = forms.ModelChoiceField(Department.objects.none(), label=gettext_lazy("To"))
    note = forms.CharField(label=gettext_lazy("Why"), max_length=300, required=False)
    shown = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(
            *args,
            **{"initial": {"shown": ticket.department_id}, "auto_id": "transfer_%s", **kwargs},
        )
        others = Department.objects.filter(is_active=True).exclude(pk=ticket.department_id)
        self.fields["department"].queryset = others.select_related("desk")  # type: ignore[attr-defined]


class PriorityForm(forms.Form):
    # Filled in from the start: no mark says that it must be.
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), choices=Priority.choices, required=False
    )
    shown = forms.CharField(required=False, max_length=8, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        initial = {"priority": ticket.priority, "shown": ticket.priority}
        super().__init__(*args, **{"initial": initial, "auto_id": "priority_%s", **kwargs})
        self.ticket = ticket

    def clean_priority(self) -> str:
        return self.cleaned_data["priority"] or self.ticket.priority


class CloseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300,
        help_text=gettext_lazy("The client reads it."),
    )  # fmt: skip


class MergeForm(forms.Form):
    """Which orders are merged into one: found by number, or by words of subject and messages.

    ``offered`` are those that were found with ``q``, and those that were ticked before.
    """

    q = forms.CharField(
        label=gettext_lazy("Number, words of the subject, or e-mail"), max_length=100, required=False,
    )  # fmt: skip
    tickets = forms.ModelMultipleChoiceField(
        Ticket.objects.none(), label=gettext_lazy("Orders to merge into this one"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: Any, ticket: Ticket, visible: TicketQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["tickets"]
        field.queryset = mergeable = (
            visible.exclude(pk=ticket.pk)
            .filter(merged_into=None)
            .exclude(status__in=[Status.SPAM, Status.UNCONFIRMED])
        )
        data: Any = self.data
        sent = data.getlist("tickets") if data else []
        ticked = [pk for pk in map(key_of, sent) if pk is not None]
        found = list(_found_for(ticket, str(self.data.get("q", "")), mergeable))
        self.offered = [*mergeable.filter(pk__in=ticked), *found]
        field.choices = {one.pk: _offered_as(one) for one in self.offered}.items()

    def full_clean(self) -> None:
        """While orders are looked for nothing is judged."""
        super().full_clean()
        if "find" in self.data:
            self._errors = ErrorDict(renderer=self.renderer)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not values.get("tickets"):
            raise ValidationError(_("Tick at least one order."))
        return values


def _found_for(ticket: Ticket, text: str, mergeable: TicketQuerySet) -> TicketQuerySet:
    """Without a text: what the same person has open."""
    number, text = numbers.typed(text), text.strip()
    if number and number.number:
        return mergeable.filter(number=number.number)
    if number:
        return mergeable.filter(counter=number.counter)[:OFFERED]
    if "@" in text:
        found = mergeable.filter(participants__email=text.lower())
    elif text:
        words = EntryText.objects.matching(text).order_by().values("ticket")
        found = mergeable.filter(pk__in=words)
    elif ticket.email:
        found = mergeable.unfinished().filter(email=ticket.email)
    else:
        return mergeable.none()
    return found.order_by("-last_activity", "-pk")[:OFFERED]


def _offered_as(ticket: Ticket) -> str:
    who = ticket.name or ticket.email
    return f"{ticket.number} · {ticket.subject} · {who} · {ticket.get_status_display()}"


class FieldsForm(TopicValues):
    """The subject and the topic's fields, corrected. ``shown``: a seal of what they were before."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        initial = {"subject": ticket.subject, "shown": signing.dumps(_now(ticket))}
        initial |= {f"{PREFIX}{name}": value for name, value in ticket.values.items()}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.ticket = ticket
        self.add_topic_fields(ticket.topic, for_agents=True)

    def clean_subject(self) -> str:
        return " ".join(str(self.cleaned_data["subject"]).split())

    def clean_shown(self) -> Any:
        try:
            return signing.loads(self.cleaned_data["shown"])
        except signing.BadSignature:
            return None

    def values(self) -> dict[str, Any]:
        """With what stands in fields that the topic no longer has."""
        asked = {field.name for field in self.topic_fields}
        kept = {name: value for name, value in self.ticket.values.items() if name not in asked}
        return {**kept, **super().values()}


def _now(ticket: Ticket) -> dict[str, Any]:
    return {**ticket.values, "subject": ticket.subject}


class EmailForm(forms.Form):
    """The address at which who takes part is reached from now on."""

    email = forms.EmailField(label=gettext_lazy("New e-mail address"), max_length=254)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()
