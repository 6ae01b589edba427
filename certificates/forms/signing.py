"""The upload of a signing certificate. What is uploaded is never shown or handed out again."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from certificates.icp.pfx import MAX_BYTES
from certificates.models import SigningCertificate
from certificates.services import open_pfx


class InstallForm(forms.ModelForm[SigningCertificate]):
    """A PFX and its password, tried at once so that the person sees what is wrong."""

    pfx = forms.FileField(
        label=_("Certificate file (.pfx or .p12)"), allow_empty_file=True,
        help_text=_("An A1 or seal of the provider, with its private key. It goes to the vault and cannot be downloaded again."),
        widget=forms.FileInput(attrs={"accept": ".pfx,.p12"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password of the file"), required=False, strip=False, max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    class Meta:
        model = SigningCertificate
        fields = ("label",)

    @sensitive_variables("data", "password", "values")
    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "pfx" not in values or "password" not in values:
            return values
        if values["pfx"].size > MAX_BYTES:
            self.add_error("pfx", _("This file is too large to be a certificate."))
            return values
        self.data_of_pfx = values["pfx"].read()
        try:
            self.pair = open_pfx(self.data_of_pfx, values["password"])
        except ValidationError as error:
            self.add_error("password" if error.code == "wrong_password" else "pfx", error)
        return values
