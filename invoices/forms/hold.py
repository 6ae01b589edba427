"""Why documents are put on legal hold."""

from django import forms
from django.utils.translation import gettext_lazy as _


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason for the hold"), max_length=200,
        help_text=_(
            "For example the number of the case. It stays on record after the document is gone."
        ),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )  # fmt: skip
