"""Uploading an intermediate authority."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from certificates.trust.intermediates import readable
from certificates.trust.models import Intermediate

MAX_BYTES = 1024**2


class IntermediateForm(forms.ModelForm[Intermediate]):
    """A file with one or more authorities; whether they lead to a root the service says."""

    file = forms.FileField(
        label=_("Certificate of the authority"),
        help_text=_(
            "PEM, DER or a bundle (.cer, .crt, .pem, .p7b). It is kept only if it leads to a trusted root."
        ),
    )

    class Meta:
        model = Intermediate
        fields = ()

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise ValidationError(_("The file is too large."), code="too_large")
        self.data_of_file: bytes = file.read()
        readable(self.data_of_file)
        return file
