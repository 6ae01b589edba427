"""The file of a dossier, from clients and from agents: one field, so that it is checked alike."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.files import sniffing
from portal.files.checks import check_pdf, check_upload

LARGEST = 10 * 1024**2
ALLOWED = {sniffing.PDF, sniffing.PNG, sniffing.JPEG}


class DocumentFileField(forms.FileField):
    """One file that a dossier takes: a PDF without surprises, or a picture."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("File"))
        widget = forms.FileInput({"accept": ".pdf,.png,.jpg,.jpeg"})
        help_text = _("PDF, PNG or JPEG, of up to 10 MB.")
        super().__init__(widget=widget, help_text=help_text, **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file:
            kind = check_upload(file, allowed=ALLOWED, max_bytes=LARGEST)
            if kind == sniffing.PDF:
                check_pdf(file)
        return file
