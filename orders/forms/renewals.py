"""What holders of a renewal fill in: the signature that confirms it, the code and the request."""

import base64
import textwrap
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certificates.issuing import CertificateRequest, read_request

MAX_SIGNATURE, MAX_REQUEST = 256 * 1024, 64 * 1024


class SignatureForm(forms.Form):
    """``cleaned_data["signature"]``: the bytes of a detached signature; nothing of it is checked."""

    signature = forms.FileField(
        label=gettext_lazy("Signature of the request (.p7s)"),
        widget=forms.ClearableFileInput({"accept": ".p7s,.p7m,.sig,.pem"}),
    )

    def clean_signature(self) -> bytes:
        file = self.cleaned_data["signature"]
        if (file.size or 0) > MAX_SIGNATURE:
            raise ValidationError(_("This file is too large for a signature."), code="too_large")
        return bytes(file.read())


class CodeField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        attrs = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        super().__init__(max_length=20, widget=forms.TextInput(attrs), **options)


class RequestForm(forms.Form):
    """The two parts of the code and the request, as a file or as its text.

    ``wanted`` is the request once the form is valid. What a file held stands in ``text`` when the
    form comes back, so that nobody chooses it twice.
    """

    first = CodeField(
        label=gettext_lazy("First part of the code"),
        help_text=gettext_lazy("On the page of the order."),
    )
    second = CodeField(
        label=gettext_lazy("Second part of the code"),
        help_text=gettext_lazy("In the e-mail to the holder."),
    )
    file = forms.FileField(
        label=gettext_lazy("File of the request (.csr)"), required=False,
        widget=forms.ClearableFileInput({"accept": ".csr,.p10,.pem,.der,.req"}),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("or its text"), required=False, max_length=MAX_REQUEST, strip=True,
        help_text=gettext_lazy("From “-----BEGIN CERTIFICATE REQUEST-----” on."),
        widget=forms.Textarea({"rows": 6, "class": "mono", "spellcheck": "false"}),
    )  # fmt: skip
    wanted: CertificateRequest

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "file" in self.errors or "text" in self.errors:
            return values
        name = "file" if values.get("file") else "text"
        data = self._bytes(values)
        if not data:
            self.add_error("file", _("Choose the file of the request, or paste its text."))
            return values
        try:
            self.wanted = read_request(data)
        except ValidationError as error:
            self.add_error(name, error)
        else:
            self._keep(self.wanted.der)
        return values

    def _bytes(self, values: dict[str, Any]) -> bytes:
        file = values.get("file")
        if not file:
            return str(values.get("text") or "").encode()
        if file.size > MAX_REQUEST:
            return b"\0" * (MAX_REQUEST + 1)  # refused with the words for what is no request
        return bytes(file.read())

    def _keep(self, der: bytes) -> None:
        body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
        kept = QueryDict(mutable=True)
        kept.update(self.data)
        kept["text"] = (
            f"-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----"
        )
        self.data = kept
