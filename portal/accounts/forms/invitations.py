"""What somebody who was invited fills in to make a registration."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.forms.auth import NewPasswordForm
from portal.accounts.forms.fields import CPFField
from portal.accounts.models import Invitation, User


class AcceptForm(NewPasswordForm):
    """Name, CPF and password; the first two as who invited typed them, to be corrected."""

    name = forms.CharField(
        label=gettext_lazy("Full name"), max_length=120,
        widget=forms.TextInput({"autocomplete": "name"}),
    )  # fmt: skip
    cpf = CPFField(
        label=gettext_lazy("CPF"), required=False,
        help_text=gettext_lazy("With it you can sign in as well. You may leave it empty."),
    )  # fmt: skip
    field_order = ["name", "cpf", "password1", "password2"]

    def __init__(self, invitation: Invitation, *args: Any, **kwargs: Any) -> None:
        user = User(name=invitation.name, email=invitation.email, cpf=invitation.cpf or None)
        initial = {"name": invitation.name, "cpf": invitation.cpf}
        super().__init__(*args, user=user, initial=initial, **kwargs)
        self.fields["password1"].label = _("Create a password")
        self.fields["password2"].label = _("Confirm the password")

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not any(c.isalpha() for c in name):
            raise ValidationError(_("Enter your name."))
        return name
