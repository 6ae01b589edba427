"""allauth's forms with our words and a keyboard for digits."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.utils.translation import gettext_lazy as _


class _DigitsMixin:
    """Digits are typed, in groups or not; nothing is remembered by the browser."""

    label: Any
    help_text: Any = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]  # type: ignore[attr-defined]
        field.label, field.help_text = self.label, self.help_text
        field.max_length = 20
        field.widget.attrs = {
            "autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "20",
            "spellcheck": "false",
        }  # fmt: skip


class SecondStepForm(_DigitsMixin, AuthenticateForm):  # type: ignore[misc]
    label = _("Code")
    help_text = _("The 6 digits that your app shows now, or one of your recovery codes.")


class ConfirmByCodeForm(_DigitsMixin, ReauthenticateForm):  # type: ignore[misc]
    label = _("Code")
    help_text = _("The 6 digits that your app shows now, or one of your recovery codes.")


class ActivateAppForm(_DigitsMixin, ActivateTOTPForm):  # type: ignore[misc]
    label = _("Code shown by the app")
    help_text = _("6 digits. They change every 30 seconds.")


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].help_text = _(
            "So that you recognise it later: “My phone”, “Office key”."
        )
        self.fields["name"].max_length = 60
        self.fields["name"].widget.attrs["maxlength"] = "60"


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].widget.attrs["maxlength"] = "60"
