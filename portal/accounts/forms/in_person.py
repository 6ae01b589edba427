"""An agent has seen the person, and a document."""

from django import forms
from django.utils.translation import gettext_lazy as _


class InPersonForm(forms.Form):
    """Which document. Its number is not asked for: the audit keeps no such thing."""

    document = forms.ChoiceField(
        label=_("Document that you have looked at"), widget=forms.RadioSelect,
        choices=[
            ("cin", _("National identity card (CIN) or RG")),
            ("cnh", _("Driver's licence (CNH)")),
            ("passport", _("Passport")),
            ("professional", _("Card of a professional council")),
            ("foreigner", _("Card of a foreign resident (CRNM)")),
        ],
    )  # fmt: skip
