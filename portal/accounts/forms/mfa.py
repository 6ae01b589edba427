"""allauth's forms with our words and a keyboard for digits."""

import struct
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.utils.translation import gettext_lazy as _

from portal.accounts import limits
from portal.accounts.allauth_internals import current_request

REMEMBERED_SECONDS = 120
# What fido2 raises at bytes that no browser would send.
JUNK = (KeyError, TypeError, ValueError, AttributeError, IndexError, struct.error)


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


class _OnceMixin:
    """A code of the app is good once, for as long as it could be good at all: one that activated
    the app or confirmed an identity does not sign in too.

    allauth forgets a used code after 30 seconds, while with its tolerance of one step before and
    one after it lives for 90; and it counts wrong codes in the cache, which may be away.
    """

    def clean_code(self) -> str:
        request, who = current_request(), str(self.user.pk)  # type: ignore[attr-defined]
        if request and limits.limited(request, "second-factor", who):
            raise limits.TooMany("second-factor")
        code: str = super().clean_code()  # type: ignore[misc]
        digits = "".join(c for c in code if c.isdigit())
        if not limits.first_time("second-factor", who, digits, seconds=REMEMBERED_SECONDS):
            raise get_adapter().validation_error("incorrect_code")
        if request:
            limits.forgive(request, "second-factor", who)
        return code


class _JunkMixin:
    """What is no answer of a browser at all is a wrong one, not an error of ours."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except JUNK as error:
            raise get_adapter().validation_error("incorrect_code") from error


class SecondStepForm(_DigitsMixin, _OnceMixin, AuthenticateForm):  # type: ignore[misc]
    label = _("Code")
    help_text = _("The 6 digits that your app shows now, or one of your recovery codes.")


class ConfirmByCodeForm(_DigitsMixin, _OnceMixin, ReauthenticateForm):  # type: ignore[misc]
    label = _("Code")
    help_text = _("The 6 digits that your app shows now, or one of your recovery codes.")


class ActivateAppForm(_DigitsMixin, _OnceMixin, ActivateTOTPForm):  # type: ignore[misc]
    label = _("Code shown by the app")
    help_text = _("6 digits. They change every 30 seconds.")


class SecondStepPasskeyForm(_JunkMixin, AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ConfirmByPasskeyForm(_JunkMixin, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].help_text = _(
            "So that you recognise it later: “My phone”, “Office key”."
        )
        self.fields["name"].max_length = 60
        self.fields["name"].widget.attrs["maxlength"] = "60"

    def clean(self) -> dict[str, Any]:
        try:
            values: dict[str, Any] = super().clean()
        except JUNK as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return values


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].widget.attrs["maxlength"] = "60"
