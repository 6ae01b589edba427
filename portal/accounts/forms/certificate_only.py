"""A list of companies that are to open only for certificates, pasted or handed in as a file."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import Company, CompanyQuerySet
from portal.sheets.fields import SheetField
from portal.sheets.reading import cells
from portal.taxid import is_cnpj, is_cpf, normalise
from portal.ui.fields import DayField

MAX_BYTES = 500 * 1024
MAX_LINES = 5_000
_CELLS = re.compile(r"[;,\t]")
Named = tuple[int, str]  # the line, and what stands for the company in it
_NUMBER = 8  # figures or letters from which on a text may begin a CNPJ


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
    file = SheetField(
        label=gettext_lazy("Or a CSV or XLSX file"), required=False, max_bytes=MAX_BYTES,
        help_text=gettext_lazy("One company per row, its CNPJ in any column."),
    )  # fmt: skip

    def clean_start(self) -> Any:
        start = self.cleaned_data["start"]
        if start < timezone.localdate():
            raise ValidationError(_("The start must be today or later."), code="past")
        return start

    def clean_file(self) -> list[Named]:
        file = self.cleaned_data.get("file")
        rows = cells(file, max_rows=MAX_LINES) if file else ()
        return _companies((row.line, row.texts) for row in rows)

    def clean_numbers(self) -> list[Named]:
        lines = enumerate(self.cleaned_data["numbers"].splitlines(), 1)
        return _companies((i, _CELLS.split(line)) for i, line in lines if line.strip())

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return values
        values["lines"] = found = [*values.get("numbers", ()), *values.get("file", ())]
        if not found:
            raise ValidationError(_("Paste at least one CNPJ, or choose a file."), code="empty")
        if len(found) > MAX_LINES:
            raise ValidationError(_("At most 5,000 companies at a time."), code="too_many")
        return values


class CertificateOnlyFilter(forms.Form):
    """Which of the companies that are set already."""

    q = forms.CharField(label=gettext_lazy("Name, CNPJ or CPF"), required=False, max_length=100)
    status = forms.ChoiceField(
        label=gettext_lazy("Status"), required=False,
        choices=[
            ("", gettext_lazy("All")), ("in_force", gettext_lazy("In force")),
            ("announced", gettext_lazy("Announced")),
        ],
    )  # fmt: skip

    def companies(self, *, today: date) -> CompanyQuerySet:
        """Those asked for; all of them where that makes no sense."""
        found = Company.objects.filter(certificate_only_from__isnull=False)
        if not self.is_valid():
            return found
        text, number = self.cleaned_data["q"], normalise(self.cleaned_data["q"])
        if text:
            named = Q(name__words=text)
            found = found.filter(
                named | Q(tax_id__startswith=number) if len(number) >= _NUMBER else named
            )
        status = self.cleaned_data["status"]
        if status == "in_force":
            return found.certificate_only(on=today)
        return found.filter(certificate_only_from__gt=today) if status else found


def _companies(rows: Iterable[tuple[int, list[str]]]) -> list[Named]:
    """Each row's CNPJ or CPF, else its first cell that is not empty.

    A first row without any digit is the head of a table, unless it is the only one.
    """
    listed = list(rows)
    if len(listed) > 1 and not any(c.isdigit() for cell in listed[0][1] for c in cell):
        listed = listed[1:]
    return [(line, _company_in(texts)) for line, texts in listed]


def _company_in(row: list[str]) -> str:
    texts = [text.strip(" \"'") for text in row]
    known = (text for text in texts if is_cnpj(normalise(text)) or is_cpf(normalise(text)))
    return next(known, "") or next(filter(None, texts), "")[:60]
