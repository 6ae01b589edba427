"""A canned answer, as its writer fills it in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from tickets.models import CannedReply, Department
from tickets.models.tickets import may_see_all
from tickets.services import canned, prose, queues

MINE, ALL = "mine", "all"


class CannedForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=80)
    whose = forms.ChoiceField(
        label=gettext_lazy("Who uses it"),
        help_text=gettext_lazy("The agents of a department share theirs, and each may change it."),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=10_000, widget=forms.Textarea({"rows": 10})
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("Offered where an answer is written"), required=False, initial=True
    )

    def __init__(
        self, data: Any = None, *, user: User, reply: CannedReply | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data, initial=_values(reply) if reply else {}, **kwargs)
        departments = queues.departments_of(user)
        field: Any = self.fields["whose"]
        field.choices = [
            (MINE, _("I alone")),
            *((str(department.pk), str(department)) for department in departments),
            *([(ALL, _("Every department"))] if may_see_all(user) else []),
        ]
        names = ", ".join(f"{{{{{name}}}}} ({word})" for name, word in canned.PLACEHOLDERS.items())
        self.fields["text"].help_text = _("In each order replaced: %(names)s.") % {"names": names}
        self.user = user

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"])
        canned.check(text)
        return text

    def values(self) -> dict[str, Any]:
        """What is kept of a valid form."""
        whose = self.cleaned_data["whose"]
        return {
            "title": self.cleaned_data["title"],
            "html": prose.as_html(self.cleaned_data["text"]),
            "is_active": self.cleaned_data["is_active"],
            "user": self.user if whose == MINE else None,
            "department": Department.objects.get(pk=whose) if whose not in (MINE, ALL) else None,
        }

    def example(self) -> str:
        """The text of a valid form as an invented client would read it."""
        values = self.values()
        department = values["department"] or Department.objects.first()
        return prose.as_text(canned.example(values["html"], self.user, str(department or "")))


def _values(reply: CannedReply) -> dict[str, Any]:
    whose = MINE if reply.user_id else str(reply.department_id or ALL)
    return {
        "title": reply.title, "whose": whose, "text": prose.as_text(reply.html),
        "is_active": reply.is_active,
    }  # fmt: skip
