"""Staff register a person, or change one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import Grant, User


class PersonForm(forms.ModelForm[User]):
    """CPF and e-mail may be typed in several registrations, unless one of them has proven it."""

    class Meta:
        model = User
        fields = ("name", "cpf", "email", "phone", "is_staff", "groups", "is_superuser")

    def clean_cpf(self) -> str | None:
        cpf: str | None = self.cleaned_data["cpf"] or None
        self._refuse(
            User.objects.with_proven_cpf(cpf or ""),
            _("This CPF is confirmed in another registration: %(name)s."),
        )
        return cpf

    def clean_email(self) -> str | None:
        email = (self.cleaned_data["email"] or "").lower() or None
        self._refuse(
            User.objects.with_proven_email(email or ""),
            _("This e-mail is confirmed in another registration: %(name)s."),
        )
        return email

    def _refuse(self, owner: User | None, text: str) -> None:
        if owner is not None and owner != self.instance:
            raise ValidationError(text % {"name": owner}, code="taken")


class UserAddForm(PersonForm):
    INVITATION, PROVISIONAL = "invitation", "provisional"
    entry = forms.ChoiceField(
        label=gettext_lazy("First access"), widget=forms.RadioSelect, initial=INVITATION,
        choices=[
            (INVITATION, gettext_lazy("Invitation by e-mail: the person chooses the password")),
            (PROVISIONAL, gettext_lazy("Provisional password, shown once on the next page")),
        ],
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("entry") == self.INVITATION and not cleaned.get("email"):
            self.add_error(
                "email", ValidationError(_("An invitation needs an e-mail."), code="no_email")
            )
        return cleaned


class UserChangeForm(PersonForm):
    """A person becomes staff only without access to companies: staff never act for a client."""

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
