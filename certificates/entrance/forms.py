"""The self-test's file: a certificate without its private key. It is looked at and dropped."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from certificates.icp import read_uploaded_certificate

MAX_BYTES = 64 * 1024


class CertificateFileForm(forms.Form):
    """``cleaned_data["file"]``: the certificate, DER."""

    file = forms.FileField(
        label=_("Certificate file, without the private key"),
        help_text=_(".cer, .crt, .pem or .p7b. Never send the .pfx or .p12: it holds your private key."),
        widget=forms.ClearableFileInput(attrs={"accept": ".cer,.crt,.pem,.der,.p7b"}),
    )  # fmt: skip

    def clean_file(self) -> bytes:
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > MAX_BYTES:
            raise ValidationError(_("This file is too large for a certificate."), code="too_large")
        data = upload.read()
        if b"PRIVATE KEY-----" in data or (upload.name or "").lower().endswith((".pfx", ".p12")):
            raise _private_key()
        try:
            return read_uploaded_certificate(data).der
        except ValidationError as error:
            raise (_private_key() if error.code == "private_key" else error) from None


def _private_key() -> ValidationError:
    return ValidationError(
        _("This file holds a private key: whoever has it can sign as you. It was dropped, unread. Do not send it to anybody; export the certificate alone, as .cer."),
        code="private_key",
    )  # fmt: skip
