"""Of what an agent is told by mail, and how they sign."""

from django import forms

from tickets.models import AgentSettings


class AgentSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = AgentSettings
        fields = ("on_new", "on_assigned", "on_client", "signature")
        widgets = {
            "on_new": forms.RadioSelect, "on_assigned": forms.RadioSelect,
            "on_client": forms.RadioSelect, "signature": forms.Textarea({"rows": 4}),
        }  # fmt: skip
