"""A list of companies that are to open only for certificates, pasted or handed in as a file."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.taxid import is_cnpj, is_cpf, normalise
from portal.ui.fields import DayField

MAX_BYTES = 500_000
MAX_LINES = 5_000
_CELLS = re.compile(r"[;,\t]")


class CertificateOnlyForm(forms.Form):
    start = DayField(
        label=gettext_lazy("From"),
        help_text=gettext_lazy("Today or later. The companies' people are told at once and a week before."),
    )  # fmt: skip
    numbers = forms.CharField(
        label=gettext_lazy("CNPJs"), required=False, max_length=MAX_BYTES,
        widget=forms.Textarea({"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy("One per line, with or without the mask."),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"), required=False,
        widget=forms.FileInput({"accept": ".csv,.txt,text/csv,text/plain"}),
        help_text=gettext_lazy("One company per row, its CNPJ in any column."),
    )  # fmt: skip

    def clean_start(self) -> Any:
        start = self.cleaned_data["start"]
        if start < timezone.localdate():
            raise ValidationError(_("The start must be today or later."), code="past")
        return start

    def clean_file(self) -> str:
        """The file's text; UTF-8, else Latin-1, as spreadsheets save it."""
        upload = self.cleaned_data.get("file")
        if not upload:
            return ""
        if upload.size > MAX_BYTES:
            raise ValidationError(_("The file has more than 500 KB."), code="too_large")
        data = upload.read()
        if b"\0" in data:
            raise ValidationError(_("This is no text file: save it as CSV."), code="not_text")
        try:
            return str(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return str(data.decode("latin-1"))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return values
        text = "\n".join(filter(None, [values.get("numbers"), values.get("file")]))
        values["lines"] = found = _lines(text)
        if not found:
            raise ValidationError(_("Paste at least one CNPJ, or choose a file."), code="empty")
        if len(found) > MAX_LINES:
            raise ValidationError(_("At most 5,000 companies at a time."), code="too_many")
        return values


def _lines(text: str) -> list[tuple[int, str]]:
    """``(line, what stands for the company)``: the row's CNPJ or CPF, else its first cell.

    A first row that holds neither is the head of a table, unless it is the only one.
    """
    rows = [(i, row.strip()) for i, row in enumerate(text.splitlines(), start=1) if row.strip()]
    found = [(number, _company_in(row)) for number, row in rows]
    if len(found) > 1 and not any(c.isdigit() for c in rows[0][1]):
        found = found[1:]
    return found


def _company_in(row: str) -> str:
    cells = [cell.strip(" \"'") for cell in _CELLS.split(row)]
    return next((c for c in cells if is_cnpj(normalise(c)) or is_cpf(normalise(c))), cells[0])[:60]
