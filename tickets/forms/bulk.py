"""What each act on several orders asks for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from tickets.forms.agents import CloseForm
from tickets.forms.clients import LONGEST
from tickets.models import CannedReply, Department, Ticket
from tickets.models.departments import Priority
from tickets.services import canned

Status = Ticket.Status


class BulkForm(forms.Form):
    """``tickets``: the orders that were selected; ``user``: the agent. ``seen``: when they looked."""

    seen = forms.FloatField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *, tickets: Sequence[Ticket], user: User, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.tickets, self.user = tickets, user
        self.initial["seen"] = f"{timezone.now().timestamp():.6f}"

    def clean_seen(self) -> datetime:
        """What is no time is long ago: everything came after it."""
        try:
            return datetime.fromtimestamp(self.cleaned_data["seen"] or 0, UTC)
        except (OverflowError, OSError, ValueError):
            return datetime.fromtimestamp(0, UTC)


class SpamForm(BulkForm):
    pass


class BulkAssignForm(BulkForm):
    agent = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Assigned to"), required=False,
        empty_label=gettext_lazy("Nobody: in the queue"),
    )  # fmt: skip

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        departments = {ticket.department_id for ticket in self.tickets}
        found = User.objects.filter(
            memberships__department__in=departments, is_active=True, is_staff=True
        )
        field: Any = self.fields["agent"]
        field.queryset = found.distinct().order_by("name", "pk")
        if field.queryset.filter(pk=self.user.pk).exists():
            self.initial["agent"] = self.user.pk


class BulkTransferForm(BulkForm):
    department = forms.ModelChoiceField(Department.objects.none(), label=gettext_lazy("To"))
    note = forms.CharField(label=gettext_lazy("Why"), max_length=300, required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field: Any = self.fields["department"]
        field.queryset = Department.objects.filter(is_active=True).select_related("desk")


class BulkPriorityForm(BulkForm):
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), choices=Priority.choices, initial=Priority.NORMAL
    )


class BulkNoteForm(BulkForm):
    message = forms.CharField(
        label=gettext_lazy("Internal note"), max_length=LONGEST, widget=forms.Textarea({"rows": 5})
    )


class BulkAnswerForm(BulkForm):
    """A canned answer or one that is written here; placeholders are filled in for each order."""

    canned = forms.ModelChoiceField(
        CannedReply.objects.none(), label=gettext_lazy("Canned answer"), required=False,
        empty_label=gettext_lazy("None: I write it below"),
    )  # fmt: skip
    message = forms.CharField(
        label=gettext_lazy("Answer to each client"), max_length=LONGEST, required=False,
        widget=forms.Textarea({"rows": 8}),
        help_text=gettext_lazy("{{nome}} and {{numero}} become the name and the number of each order."),
    )  # fmt: skip
    to = forms.ChoiceField(
        label=gettext_lazy("Then"),
        choices=[
            (Status.WAITING_CLIENT, gettext_lazy("it waits for the client")),
            (Status.RESOLVED, gettext_lazy("it is resolved")),
        ],
    )  # fmt: skip

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field: Any = self.fields["canned"]
        departments = {ticket.department_id for ticket in self.tickets}
        field.queryset = canned.usable(self.user, departments)

    def clean_message(self) -> str:
        text = str(self.cleaned_data["message"])
        canned.check(text)
        return text

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        chosen, written = values.get("canned"), (values.get("message") or "").strip()
        if "message" not in self.errors and bool(chosen) == bool(written):
            raise ValidationError(_("Choose a canned answer, or write one: one of the two."))
        return values


class BulkCloseForm(BulkForm, CloseForm):
    field_order = ["reason"]


class BulkMergeForm(BulkForm):
    into = forms.ModelChoiceField(
        Ticket.objects.none(), label=gettext_lazy("Into the order"), empty_label=None
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field: Any = self.fields["into"]
        keys = [ticket.pk for ticket in self.tickets]
        field.queryset = Ticket.objects.filter(pk__in=keys).order_by("created_at", "pk")

    def clean(self) -> dict[str, Any]:
        if len(self.tickets) < 2:
            raise ValidationError(_("Select at least two orders to merge."))
        return super().clean() or self.cleaned_data
