"""The filter of the mail that came in."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tickets.models import IncomingMail, Mailbox

Status = IncomingMail.Status


class MailFilter(forms.Form):
    """Taken into orders is what is looked for there; here is the rest."""

    status = forms.ChoiceField(
        label=_("Status"), required=False, initial=Status.UNREADABLE,
        choices=[
            ("", _("All")),
            *((status.value, status.label) for status in Status if status != Status.TAKEN),
        ],
    )  # fmt: skip
    mailbox = forms.ModelChoiceField(
        Mailbox.objects.all(), label=_("Mailbox"), required=False, empty_label=_("All")
    )
    q = forms.CharField(label=_("Sender"), required=False, max_length=100)

    def apply(self, mails: QuerySet[IncomingMail]) -> QuerySet[IncomingMail]:
        """What was filled in wrongly matches nothing."""
        if not self.is_valid():
            return mails.none()
        values: dict[str, Any] = self.cleaned_data
        found = mails.exclude(status=Status.TAKEN)
        if values["status"]:
            found = found.filter(status=values["status"])
        if values["mailbox"]:
            found = found.filter(mailbox=values["mailbox"])
        return found.filter(Q(sender__icontains=values["q"].strip())) if values["q"] else found
