"""Forms of the administration: departments with hours and promises, topics with their fields."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from portal.provider.models import ContactDesk
from portal.ui.hours import HoursField, WeekForm
from tickets.models import ClosedDay, Department, Member, SlaTarget, Topic, TopicField

_DURATION = re.compile(r"(?:(\d{1,4})\s*[:h]\s*)?(?:(\d{1,4})\s*(?:min|m)?)?", re.IGNORECASE)


class WorkingTimeField(forms.CharField):
    """A length of working time, as minutes: ``8h``, ``1h30``, ``1:30``, ``45 min``."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput({"size": 8, "placeholder": "8h"})
        super().__init__(max_length=12, widget=widget, **options)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        hours, minutes = divmod(value, 60)
        return (
            f"{hours}h{minutes:02}"
            if hours and minutes
            else f"{hours}h"
            if hours
            else f"{minutes} min"
        )

    def clean(self, value: Any) -> int | None:
        text = super().clean(value).strip()
        if not text:
            return None
        match = _DURATION.fullmatch(text)
        minutes = int(match[1] or 0) * 60 + int(match[2] or 0) if match else 0
        if not minutes or text.isdigit():
            raise ValidationError(_("Enter working time such as 8h, 1h30 or 45 min."))
        return minutes

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class DepartmentForm(WeekForm[Department]):
    """A department with the hours of each day; one that is closed says who goes on with its orders."""

    class Meta:
        model = Department
        fields = (
            "desk", "is_active", "successor", "zone", "holidays_of", "optional_holidays",
            "auto_close_days", "reopen_days", "retention_months", "phone_without_email", "signature",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "desk" in self.fields:
            desk: Any = self.fields["desk"]
            desk.queryset = ContactDesk.objects.filter(
                Q(department=None) | Q(department=self.instance.pk)
            )
            desk.help_text = _(
                "Name, e-mail and phone of the department are those of this contact desk of the provider."
            )
        if "successor" in self.fields:
            others: Any = self.fields["successor"]
            others.queryset = Department.objects.filter(is_active=True).exclude(pk=self.instance.pk)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.instance.pk and not found.get("is_active", True):
            self._check_closed(found)
        return found

    def _check_closed(self, found: dict[str, Any]) -> None:
        department = self.instance
        if boxes := department.mailboxes.filter(is_active=True):
            text = _(
                "Mail to %(names)s still opens orders here: give it to another department first."
            )
            self.add_error("is_active", text % {"names": _names(boxes)})
        if topics := department.topics.filter(is_active=True).exclude(event=""):
            text = _(
                "Other pages of the portal open orders of %(names)s: choose another topic for them first."
            )
            self.add_error("is_active", text % {"names": _names(topics)})
        if "successor" in found and not found["successor"] and department.tickets.exists():
            text = _(
                "Choose the department that goes on with its orders: what is open goes there, and what is opened again."
            )
            self.add_error("successor", text)


class MemberForm(forms.ModelForm[Member]):
    class Meta:
        model = Member
        fields = ("user",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            user: Any = self.fields["user"]
            staff = Q(is_staff=True, is_active=True)
            user.queryset = User.objects.filter(staff | Q(pk=self.instance.user_id)).order_by(
                "name"
            )


class TargetForm(forms.ModelForm[SlaTarget]):
    first_minutes = WorkingTimeField(label=gettext_lazy("first answer within"))
    resolve_minutes = WorkingTimeField(label=gettext_lazy("resolved within"))

    class Meta:
        model = SlaTarget
        fields = ("priority", "first_minutes", "resolve_minutes")


class ClosedDayForm(forms.ModelForm[ClosedDay]):
    hours = HoursField(
        label=gettext_lazy("working hours"),
        help_text=gettext_lazy("Empty: closed all day."),
    )

    class Meta:
        model = ClosedDay
        fields = ("day", "name", "department", "hours")


class TopicForm(forms.ModelForm[Topic]):
    class Meta:
        model = Topic
        fields = (
            "department", "name", "help", "is_active", "is_public", "priority", "seen_by_company",
            "event", "order",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "department" in self.fields:
            department: Any = self.fields["department"]
            now = Q(pk=self.instance.department_id)
            department.queryset = Department.objects.filter(Q(is_active=True) | now)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("event") and not found.get("is_active", True):
            self.add_error(
                "is_active",
                _(
                    "Other pages of the portal open orders of this topic: choose another one for them first."
                ),
            )
        return found


class TopicFieldForm(forms.ModelForm[TopicField]):
    """What is filled in stands under ``name`` and by its kind: neither changes once there is one."""

    class Meta:
        model = TopicField
        fields = (
            "label", "kind", "choices", "help", "is_required", "for_agents", "is_active", "order",
            "name",
        )  # fmt: skip
        widgets = {"choices": forms.Textarea({"rows": 3, "cols": 24})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" not in self.fields:
            return
        self.fields["name"].required = False
        self.fields["name"].help_text = _("In spreadsheets. Empty: made of the label.")
        for name in ("name", "kind") if self.instance.pk else ():
            self.fields[name].disabled = True

    def clean_name(self) -> str:
        """Made of the label where nobody typed one."""
        typed = self.cleaned_data["name"] or slugify(self.cleaned_data.get("label", ""))
        return str(typed)[:30].strip("-").replace("-", "_")


def _names(rows: Any) -> str:
    return ", ".join(str(row) for row in rows)
