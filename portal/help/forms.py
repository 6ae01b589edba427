"""Whether a manual was useful."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AnswerForm(forms.Form):
    """Two buttons, ``useful=yes`` and ``useful=no``, and what the reader missed."""

    useful = forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))])
    comment = forms.CharField(max_length=500, required=False)
