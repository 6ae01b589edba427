"""A mailbox as it is administered. Its secrets are written, never shown."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.mail_tokens import SignInRefused
from tickets.models import Mailbox
from tickets.services import mail_tokens
from tickets.services.imap import LOOPBACK

Auth = Mailbox.Auth
_UNCHANGED = gettext_lazy("Empty: what was entered before stays.")


class MailboxForm(forms.ModelForm[Mailbox]):
    # Form field -> what it is among the sealed secrets. With "password" in its name a field is never
    # put aside while a proof of identity is asked for.
    SECRETS = {"password": "secret", "password_refresh": "refresh_token"}

    password = forms.CharField(
        label=gettext_lazy("Password, client secret or key file"), required=False, max_length=8000,
        strip=False, help_text=_UNCHANGED,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    password_refresh = forms.CharField(
        label=gettext_lazy("Refresh token"), required=False, max_length=4000, help_text=_UNCHANGED,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    class Meta:
        model = Mailbox
        fields = (
            "department", "address", "is_active", "host", "port", "security", "folder", "auth",
            "username", "client_id", "token_url", "scope", "secret_expires_on", "authserv_id",
            "arc_sealers", "plus_addresses",
        )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = self._opened()

    def _opened(self) -> dict[str, str]:
        """What is sealed, which is bound to the address as it was."""
        if not self.instance.pk:
            return {}
        try:
            return mail_tokens.secrets_of(self.instance)
        except SignInRefused:
            return {}

    def clean_address(self) -> str:
        return str(self.cleaned_data["address"]).lower()

    def clean_authserv_id(self) -> str:
        return str(self.cleaned_data["authserv_id"]).strip().lower()

    def clean_token_url(self) -> str:
        url = str(self.cleaned_data["token_url"])
        host = url.partition("//")[2].partition("/")[0].partition(":")[0]
        if url and not url.startswith("https://") and host not in LOOPBACK:
            raise ValidationError(_("The token address must begin with https://."))
        return url

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("security") == Mailbox.Security.NONE and found.get("host") not in LOOPBACK:
            self.add_error(
                "security", _("Without encryption only a server on this machine is asked.")
            )
        for name in self._needed(found.get("auth", "")):
            is_known = self.known.get(self.SECRETS.get(name, ""))
            if not (found.get(name) or is_known):
                self.add_error(name, forms.Field.default_error_messages["required"])
        return found

    def _needed(self, auth: str) -> list[str]:
        return {
            Auth.XOAUTH2: ["password", "client_id", "token_url"],
            Auth.REFRESH: ["password", "password_refresh", "client_id", "token_url"],
        }.get(Auth(auth) if auth else Auth.PASSWORD, ["password"])

    def seal_secrets(self) -> None:
        """Onto the instance, with those that stay; before it is saved."""
        entered = {kept: self.cleaned_data.get(name) for name, kept in self.SECRETS.items()}
        self.instance.sealed = b""
        secrets = {**self.known, **{name: value for name, value in entered.items() if value}}
        mail_tokens.set_secrets(self.instance, **secrets)
