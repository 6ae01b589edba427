"""Staff register a person."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import Grant, User


class UserAddForm(forms.ModelForm[User]):
    INVITATION, PROVISIONAL = "invitation", "provisional"
    entry = forms.ChoiceField(
        label=gettext_lazy("First access"), widget=forms.RadioSelect, initial=INVITATION,
        choices=[
            (INVITATION, gettext_lazy("Invitation by e-mail: the person chooses the password")),
            (PROVISIONAL, gettext_lazy("Provisional password, shown once on the next page")),
        ],
    )  # fmt: skip

    class Meta:
        model = User
        fields = ("name", "cpf", "email", "phone", "is_staff", "groups", "is_superuser")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("entry") == self.INVITATION and not cleaned.get("email"):
            self.add_error(
                "email", ValidationError(_("An invitation needs an e-mail."), code="no_email")
            )
        return cleaned


class UserChangeForm(forms.ModelForm[User]):
    """A person becomes staff only without access to companies: staff never act for a client."""

    class Meta:
        model = User
        fields = UserAddForm.Meta.fields

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        held = Grant.objects.not_ended(timezone.now()).filter(user=self.instance)
        if cleaned.get("is_staff") and held.exists():
            text = _(
                "This person has access to companies, which staff never have. End it first, with "
                "“End access to companies” at the top of this page."
            )
            self.add_error("is_staff", ValidationError(text, code="has_access"))
        return cleaned
