"""Login, recovery, and the choice of a password."""

from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.accounts import limits
from portal.accounts.adapters import REMEMBER_KEY
from portal.accounts.allauth_internals import log_in_by_form
from portal.accounts.captcha import SecurityCodeField, device_of
from portal.accounts.forms.fields import CPFField, PasswordInput, check_same
from portal.accounts.models import User
from portal.accounts.passwords import rules_help
from portal.requests import client_ip
from portal.taxid import normalise


class LoginForm(allauth.LoginForm):  # type: ignore[misc]
    """CPF or e-mail, password and security code; no code on a device that was remembered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        self.fields = {
            "login": forms.CharField(
                label=_("CPF or e-mail"), max_length=254, widget=forms.TextInput(attrs)
            ),
            "password": forms.CharField(label=_("Password"), strip=False, widget=PasswordInput()),
            "captcha": SecurityCodeField(),
            "remember_device": forms.BooleanField(
                label=_("Remember this device"), required=False,
                help_text=_(
                    "For %(days)d days no security code is asked here. Not on a shared computer."
                ) % {"days": settings.DEVICE_REMEMBER_DAYS},
            ),
        }  # fmt: skip
        self.device = self._device()
        if self.device:
            del self.fields["captcha"], self.fields["remember_device"]

    def _device(self) -> str:
        """The id of the remembered device, if it is one of the person who signs in."""
        found = device_of(self.request)
        if found is None or not self.is_bound:
            return found[1] if found else ""
        people = User.objects.by_login(self.data.get("login", ""))
        return found[1] if found[0] in {user.pk for user in people} else ""

    def user_credentials(self) -> dict[str, str]:
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}

    def clean(self) -> dict[str, Any]:
        """The person with these credentials; a failure is counted, a success is not."""
        if self.errors:
            return dict(self.cleaned_data)
        keys = self._keys()
        # Each is counted, also when one before it is used up already.
        used_up = [action for action, key in keys if limits.limited(self.request, action, *key)]
        if used_up:
            raise limits.TooMany(used_up[0])
        cleaned: dict[str, Any] = super().clean()
        for action, key in keys:
            limits.forgive(self.request, action, *key)
        return cleaned

    def _keys(self) -> list[tuple[str, tuple[str, ...]]]:
        """What failures are counted by. Never by the login alone, so that no stranger locks a
        known CPF out; on a remembered device by the device alone, so that nobody else does."""
        if self.device:
            return [("login-device", (self.device,))]
        login, address = self.cleaned_data["login"], client_ip(self.request)
        known_as = login.lower() if "@" in login else normalise(login)
        return [("login-pair", (address, known_as)), ("login-address", (address,))]

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        if self.cleaned_data.get("remember_device"):
            request.session[REMEMBER_KEY] = True
        return log_in_by_form(self, request, redirect_url)


class RecoveryForm(forms.Form):
    cpf = CPFField(
        label=gettext_lazy("CPF"), required=False,
        help_text=gettext_lazy("Leave it empty if your registration has only an e-mail."),
    )  # fmt: skip
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), widget=forms.EmailInput({"autocomplete": "email"})
    )
    captcha = SecurityCodeField()


class NewPasswordForm(forms.Form):
    """A new password twice, for ``user``; the rules stand under the first field."""

    password1 = forms.CharField(
        label=pgettext_lazy("password", "New"), strip=False, widget=PasswordInput("new-password")
    )
    password2 = forms.CharField(
        label=pgettext_lazy("password", "Confirm"), strip=False, widget=PasswordInput("new-password"),
        help_text=gettext_lazy("Type the new password again."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password1"].help_text = rules_help(user)

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        check_same(self, "password1", "password2")
        return self.cleaned_data

    def save(self) -> None:
        """For allauth's views: the adapter hands over to the service."""
        allauth.get_adapter().set_password(self.user, self.cleaned_data["password1"])


class ChangePasswordForm(NewPasswordForm):
    """“Altera senha”: the current one, the new one, the new one again."""

    oldpassword = forms.CharField(
        label=pgettext_lazy("password", "Current"), strip=False, widget=PasswordInput()
    )
    field_order = ["oldpassword", "password1", "password2"]

    def clean_oldpassword(self) -> str:
        password: str = self.cleaned_data["oldpassword"]
        if not self.user.check_password(password):
            raise allauth.get_adapter().validation_error("enter_current_password")
        return password

    def clean_password1(self) -> str:
        password = super().clean_password1()
        if password == self.cleaned_data.get("oldpassword"):
            raise ValidationError(
                _("Choose a password other than the current one."), code="same_password"
            )
        return password


class ReauthenticateForm(allauth.ReauthenticateForm):  # type: ignore[misc]
    password = forms.CharField(label=gettext_lazy("Password"), strip=False, widget=PasswordInput())
