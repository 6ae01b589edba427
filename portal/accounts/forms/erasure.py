"""Asking for erasure, and answering."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ErasureForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=1000, required=False,
        help_text=_("You need not give one; it helps us answer."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    understood = forms.BooleanField(
        label=_("I understand that my access ends and that this cannot be undone."),
        error_messages={"required": _("Tick this to confirm.")},
    )


class RefusalForm(forms.Form):
    answer = forms.CharField(
        label=_("Answer to the person"), max_length=1000,
        help_text=_("It is mailed. Say which obligation keeps the data, or what else can be done."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
