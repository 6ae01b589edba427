"""The password that joins a certificate to a registration."""

from collections.abc import Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.forms.fields import PasswordInput
from portal.accounts.models import User
from portal.accounts.services import certificate_question


class JoinForm(forms.Form):
    """The password of one of ``people``; afterwards ``owner`` is whose it is."""

    password = forms.CharField(
        label=gettext_lazy("Password of that registration"), strip=False, widget=PasswordInput()
    )
    owner: User | None = None

    def __init__(self, people: Sequence[User], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.people = people

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        self.owner = certificate_question.owner(self.people, password)
        if self.owner is None:
            raise ValidationError(_("This password does not open that registration."))
        return password
