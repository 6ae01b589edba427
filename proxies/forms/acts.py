"""Why something is done with an access."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=300,
        help_text=_("Everybody who sees the access reads it: no password here."),
    )  # fmt: skip
