"""Publishing one document, and withdrawing one."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from invoices.forms.batches import check_size
from invoices.models import DocumentType
from invoices.services.document_spec import check_source
from portal.accounts.models import Unit
from portal.ui.fields import CentsField, DayField, PeriodField


class PublishForm(forms.Form):
    """One document: whose, which, and its file."""

    unit = forms.CharField(
        label=_("Unit"), max_length=160, help_text=_("Type the code, or part of the name to look for it."),
        widget=forms.TextInput(
            attrs={
                "list": "unidades", "autocomplete": "off", "hx-get": reverse_lazy("invoices:unit_options"),
                "hx-trigger": "input changed delay:300ms", "hx-target": "#unidades",
            }
        ),
    )  # fmt: skip
    type = forms.ModelChoiceField(
        label=_("Type"),
        queryset=DocumentType.objects.filter(is_active=True),
        empty_label=_("Choose"),
    )
    period = PeriodField()
    number = forms.CharField(label=_("Number"), max_length=40)
    amount = CentsField(label=_("Amount"), required=False, help_text=_("For example 1.234,56."))
    due_date = DayField(label=_("Due date"), required=False)
    file = forms.FileField(
        label=_("File"), help_text=_("PDF, XLSX or CSV. Published documents are signed."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.xlsx,.csv"}),
    )  # fmt: skip

    def clean_unit(self) -> Unit:
        text = self.cleaned_data["unit"].partition(" – ")[0].strip()
        units = Unit.objects.filter(is_active=True, company__is_active=True).select_related(
            "company"
        )
        found = list(units.filter(code__iexact=text)[:2]) or list(units.matching(text)[:2])
        if len(found) != 1:
            raise ValidationError(
                _("Several units go with this text; type the code.") if found
                else _("There is no active unit with this code.")
            )  # fmt: skip
        return found[0]

    def clean_amount(self) -> int | None:
        cents: int | None = self.cleaned_data["amount"]
        if cents is not None and cents < 0:
            raise ValidationError(_("The amount cannot be negative."))
        return cents

    def clean_file(self) -> File[Any]:
        file: File[Any] = self.cleaned_data["file"]
        check_size(file, settings.UPLOAD_MAX_BYTES)
        check_source(file.read(), file.name or "")
        file.seek(0)
        return file

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        type_ = values.get("type")
        if type_ and type_.kind == DocumentType.Kind.INVOICE and values.get("amount", 0) is None:
            self.add_error("amount", _("An invoice needs its amount."))
        return values


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Clients who have already seen the document get it by mail."),
    )  # fmt: skip
