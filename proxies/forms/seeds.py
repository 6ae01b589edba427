"""The second factor of an agency's system: the seed of its codes, as the agency shows it once."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from proxies.services.codes import read_seed


class SeedField(forms.CharField):
    """Base32, or the whole ``otpauth://totp/…`` address of a QR code; gives it without blanks."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Second factor (optional)"))
        options.setdefault(
            "help_text",
            _(
                "The seed that the agency shows for an authenticator application: letters and digits, "
                "or the address otpauth://. The portal then shows the codes, never the seed."
            ),
        )
        super().__init__(max_length=500, **options)

    @sensitive_variables()
    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if text:
            read_seed(text)
        return text if text.lower().startswith("otpauth:") else text.replace(" ", "").upper()
