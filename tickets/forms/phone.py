"""An order that an agent registers for who calls."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import phone_validator
from portal.accounts.pickers import PersonField, PickingForm
from tickets.forms.clients import MessageField, MessageForm
from tickets.forms.topics import PREFIX, TopicValues
from tickets.models import Department, Topic
from tickets.models.departments import Priority


class ByDepartment(forms.ModelChoiceField[Topic]):
    """Topics under the departments that answer them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Topic.objects.none(), empty_label=gettext_lazy("Choose…"), **options)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.department} · {obj.name}"


class PhoneForm(MessageForm, TopicValues, PickingForm):
    """``person``: one whom the portal knows; what is left empty is taken from there.

    The fields of the topic stand in the form once the topic is chosen: pressing the button beside
    it (``find=topic``) gives them, and keeps all that was typed.
    """

    person = PersonField(
        label=gettext_lazy("Who calls, if registered"), required=False,
        help_text=gettext_lazy("Name, CPF or e-mail. Whoever has no account is written below."),
    )  # fmt: skip
    name = forms.CharField(label=gettext_lazy("Full name"), max_length=120, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Phone with area code"), max_length=20, required=False,
        validators=[phone_validator], widget=forms.TextInput({"inputmode": "tel", "type": "tel"}),
    )  # fmt: skip
    phone_extension = forms.RegexField(
        r"^\d{1,6}$", label=gettext_lazy("Extension"), required=False,
        widget=forms.TextInput({"inputmode": "numeric"}),
        error_messages={"invalid": gettext_lazy("Digits only.")},
    )  # fmt: skip
    topic = ByDepartment(label=gettext_lazy("Topic"))
    department = forms.ModelChoiceField(
        Department.objects.none(), label=gettext_lazy("Department that answers"), required=False,
        empty_label=gettext_lazy("That of the topic"),
    )  # fmt: skip
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), required=False,
        choices=[("", gettext_lazy("That of the topic")), *Priority.choices],
    )  # fmt: skip
    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=200, required=False,
        help_text=gettext_lazy("Empty: the name of the topic."),
    )  # fmt: skip
    message = MessageField(label=gettext_lazy("What the caller says"))
    WHO = ("person", "name", "email", "phone", "phone_extension")
    WHAT = ("department", "priority", "subject", "message", "html", "attachments")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        active = Department.objects.filter(is_active=True).select_related("desk")
        fields["department"].queryset = active
        fields["topic"].queryset = Topic.objects.filter(
            is_active=True, department__is_active=True
        ).select_related("department__desk").order_by("department__desk__name", "order", "name")  # fmt: skip
        self.add_topic_fields(self._chosen(), for_agents=True)

    def _chosen(self) -> Topic | None:
        """The topic of the form as it was sent, or with which the page was opened."""
        pk = str(self.data.get("topic", "") if self.is_bound else self.initial.get("topic", ""))
        topics: Any = self.fields["topic"]
        found: Topic | None = topics.queryset.filter(pk=pk if pk.isdecimal() else 0).first()
        return found

    @property
    def who(self) -> list[forms.BoundField]:
        return [self[name] for name in self.WHO]

    @property
    def about(self) -> list[forms.BoundField]:
        """The topic's own fields."""
        return [self[PREFIX + field.name] for field in self.topic_fields]

    @property
    def what(self) -> list[forms.BoundField]:
        return [self[name] for name in self.WHAT if not self[name].is_hidden]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        person, topic = values.get("person"), values.get("topic")
        for name in ("name", "email", "phone"):
            values[name] = values.get(name) or getattr(person, name, "") or ""
        values["email"] = values["email"].lower()
        if not values["name"] and "name" not in self.errors:
            self.add_error("name", _("Enter who calls."))
        if topic is None:
            return values
        values["department"] = values.get("department") or topic.department
        values["subject"] = values.get("subject") or topic.name
        without = values["department"].phone_without_email
        if not values["email"] and not without and "email" not in self.errors:
            self.add_error("email", _("To open an order, a valid e-mail address is needed."))
        return values
