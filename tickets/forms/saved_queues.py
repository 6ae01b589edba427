"""The name of a saved queue, and with whom it is shared."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from tickets.models import Department
from tickets.services import queues


class SavedQueueForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    department = forms.ModelChoiceField(
        Department.objects.none(), label=gettext_lazy("Shared with"), required=False,
        empty_label=gettext_lazy("Nobody: I alone see it"),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["department"]
        field.queryset = queues.departments_of(user)
