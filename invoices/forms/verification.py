"""Verifying a document: by its code, or by the file itself."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.files.checks import check_upload
from portal.files.pdf_weight import STRANGER
from portal.public_codes import clean_code

PDF = "application/pdf"
_ALLOWED = {
    PDF,
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_P7S_BYTES = 256 * 1024
# Of a file and its signature: whoever has no login sends no more than is examined.
LARGEST = STRANGER.size + _P7S_BYTES


class CodeForm(forms.Form):
    codigo = forms.CharField(
        label=_("Verification code"), max_length=40,
        help_text=_("The 16 letters and digits at the foot of the document, beside the QR code."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )  # fmt: skip

    def clean_codigo(self) -> str:
        code = clean_code(self.cleaned_data["codigo"])
        if not code:
            raise ValidationError(
                _("A code has 16 letters and digits, such as ABCD-EFGH-JKMN-PQRS.")
            )
        return code


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Document"), allow_empty_file=True,
        help_text=_("The PDF, XLSX or CSV as you received it, of up to 10 MB. It is examined and not kept."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.xlsx,.csv"}),
    )  # fmt: skip
    signature = forms.FileField(
        label=_("Signature file (.p7s)"), required=False, allow_empty_file=True,
        help_text=_("Only for XLSX and CSV: their signature is a file of its own."),
        widget=forms.FileInput(attrs={"accept": ".p7s"}),
    )  # fmt: skip

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        self.content_type = check_upload(file, allowed=_ALLOWED, max_bytes=STRANGER.size)
        return file

    def clean_signature(self) -> Any:
        file = self.cleaned_data["signature"]
        if file and file.size > _P7S_BYTES:
            raise ValidationError(_("This is not a signature file (.p7s)."))
        return file

    @property
    def is_pdf(self) -> bool:
        return self.content_type == PDF
