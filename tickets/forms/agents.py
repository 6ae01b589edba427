"""What agents fill in about one order."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User, phone_validator
from portal.accounts.pickers import PersonField, PickingForm
from tickets.forms.clients import MessageField, MessageForm
from tickets.forms.topics import TopicValues
from tickets.models import Department, Ticket, Topic
from tickets.models.departments import Priority
from tickets.services import numbers

Status = Ticket.Status


class AnswerForm(MessageForm):
    """An answer and the state in which it leaves the order. ``seen``: the last entry on the page."""

    to = forms.ChoiceField(
        label=gettext_lazy("Then"),
        choices=[
            (Status.WAITING_CLIENT, gettext_lazy("it waits for the client")),
            (Status.RESOLVED, gettext_lazy("it is resolved")),
        ],
    )  # fmt: skip
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ticket = ticket
        self.fields["message"].label = _("Answer to the client")

    def came_meanwhile(self) -> Any:
        """Entries that came after those which the agent had on the page."""
        return self.ticket.entries.filter(pk__gt=self.cleaned_data["seen"] or 0)


class NoteForm(MessageForm):
    """An internal note, which no client sees."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"prefix": "note", **kwargs})
        self.fields["message"].label = _("Internal note")
        self.fields["message"].widget.attrs["rows"] = 4


class AssignForm(forms.Form):
    agent = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Assigned to"), required=False,
        empty_label=gettext_lazy("Nobody: in the queue"),
    )  # fmt: skip

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"agent": ticket.assigned_to_id}, **kwargs})
        members = ticket.department.members.filter(is_active=True, is_staff=True)
        self.fields["agent"].queryset = members.order_by("name")  # type: ignore[attr-defined]


class TransferForm(forms.Form):
    department = forms.ModelChoiceField(Department.objects.none(), label=gettext_lazy("To"))
    note = forms.CharField(label=gettext_lazy("Why"), max_length=300, required=False)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Department.objects.filter(is_active=True).exclude(pk=ticket.department_id)
        self.fields["department"].queryset = others.select_related("desk")  # type: ignore[attr-defined]


class PriorityForm(forms.Form):
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), choices=Priority.choices)


class CloseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300,
        help_text=gettext_lazy("The client reads it."),
    )  # fmt: skip


class MergeForm(forms.Form):
    """Into which order: by its number, or what stands in its subject."""

    into = forms.CharField(label=gettext_lazy("Into the order with the number"), max_length=40)

    def __init__(self, *args: Any, visible: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visible = visible

    def clean_into(self) -> Ticket:
        number = numbers.typed(self.cleaned_data["into"])
        found = number.find_in(self.visible) if number else None
        if found is None:
            raise ValidationError(_("There is no such order, or it is none of your departments'."))
        return found


class FieldsForm(TopicValues):
    """The subject and the topic's fields, corrected."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        initial = {"subject": ticket.subject}
        initial |= {f"field_{name}": value for name, value in ticket.values.items()}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.add_topic_fields(ticket.topic, for_agents=True)


class PhoneForm(MessageForm, TopicValues, PickingForm):
    """An order that an agent registers for who calls. ``person``: one whom the portal knows."""

    person = PersonField(label=gettext_lazy("Registered person"), required=False)
    name = forms.CharField(label=gettext_lazy("Full name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Phone with area code"), max_length=20, required=False,
        validators=[phone_validator],
    )  # fmt: skip
    phone_extension = forms.RegexField(
        r"^\d{1,6}$", label=gettext_lazy("Extension"), required=False,
        error_messages={"invalid": gettext_lazy("Digits only.")},
    )  # fmt: skip
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    message = MessageField(label=gettext_lazy("What the caller says"))

    def __init__(self, *args: Any, topic: Topic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topic = topic
        self.add_topic_fields(topic, for_agents=True)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        person = values.get("person")
        email = (values.get("email") or (person.email if person else "") or "").lower()
        if not email and not self.topic.department.phone_without_email:
            self.add_error("email", _("To open an order, a valid e-mail address is needed."))
        return {**values, "email": email}
