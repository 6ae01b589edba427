"""What is asked before a power is granted, given back or taken back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.public_codes import clean_code

P7S_BYTES = 256 * 1024
_READ = forms.BooleanField(
    label=_("I read the text above, and grant this power of attorney for the company."),
    error_messages={"required": _("Read the text, and tick this box to grant it.")},
)


class ConfirmForm(forms.Form):
    """The confirmation on the page."""

    read = _READ


class SignForm(forms.Form):
    """The record signed outside of the portal."""

    signature = forms.FileField(
        label=_("Signature of the record (.p7s)"), allow_empty_file=True,
        help_text=_(
            "Detached signature (CAdES or CMS, in DER or PEM) of the file registro.json, made with "
            "the company's e-CNPJ. Up to 256 KB."
        ),
        widget=forms.FileInput(attrs={"accept": ".p7s,.p7m,.pem"}),
    )  # fmt: skip
    read = _READ

    def clean_signature(self) -> Any:
        file = self.cleaned_data["signature"]
        if not file.size:
            raise ValidationError(_("The file is empty."))
        if file.size > P7S_BYTES:
            raise ValidationError(_("This is not a signature file (.p7s)."))
        return file


class NoteForm(forms.Form):
    """A reason that may be left out."""

    note = forms.CharField(
        label=_("Reason"), max_length=300, required=False,
        help_text=_("If you want to say one: both sides read it."),
    )  # fmt: skip


class DeskRevokeForm(forms.Form):
    """Why staff revoke a power, which only the company's request lets them."""

    reason = forms.CharField(
        label=_("The company's written request"), min_length=10, max_length=300,
        help_text=_("Who asked, when and by which message or letter. Both sides read it."),
    )  # fmt: skip


class CodeForm(forms.Form):
    """The code of a power, as anybody types it who wants to verify one."""

    codigo = forms.CharField(
        label=_("Verification code"), max_length=40,
        help_text=_("The 16 letters and digits on the power of attorney, beside the QR code."),
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
