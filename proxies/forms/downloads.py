"""The form by which staff publish a file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.files import sniffing
from portal.files.checks import check_pdf, check_upload, list_zip

# Programs come in a ZIP: a browser warns of anything else that could be started.
ALLOWED = {
    sniffing.PDF, sniffing.XLSX, sniffing.ODS, sniffing.DOCX, sniffing.CSV, sniffing.TEXT,
    sniffing.ZIP,
}  # fmt: skip
ENDINGS = (".pdf", ".xlsx", ".ods", ".docx", ".csv", ".txt", ".zip")
MEMBERS, UNPACKED = 20_000, 2 * 1024**3


class PublishForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, XLSX, ODS, DOCX, CSV or TXT; programs as a ZIP."),
        widget=forms.FileInput({"accept": ",".join(ENDINGS)}),
    )
    version = forms.CharField(label=_("Version"), max_length=40, help_text=_("As 1.4 or 2026-11."))
    notes = forms.CharField(
        label=_("What is new"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
    )

    def clean_file(self) -> Any:
        """What a person is asked to trust is looked at first: a PDF or ZIP with traps is refused."""
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(ENDINGS):  # a page or script is a text, too
            raise ValidationError(self.fields["file"].help_text, code="type")
        kind = check_upload(file, allowed=ALLOWED)
        if kind == sniffing.PDF:
            check_pdf(file)
        elif kind == sniffing.ZIP:
            list_zip(file, max_members=MEMBERS, max_total=UNPACKED)
            file.seek(0)
        return file
