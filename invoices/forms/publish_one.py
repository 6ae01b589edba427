"""Publishing one document, and withdrawing one."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from invoices.forms.batches import check_size
from invoices.models import DocumentType
from invoices.services.document_spec import check_source
from portal.accounts.pickers import PickingForm, UnitField
from portal.ui.fields import CentsField, DayField, FilledChoiceField, PeriodField


class PublishForm(PickingForm):
    """One document: whose, which, and its file."""

    unit = UnitField(
        label=_("Unit"), help_text=_("Code, or words of the unit's or the client's name.")
    )
    type = FilledChoiceField(
        label=_("Type"),
        queryset=DocumentType.objects.filter(is_active=True),
        empty_label=_("Choose"),
        nothing=_(
            "None yet: an administrator adds them under “Types of documents” (see “First steps”)."
        ),
    )
    period = PeriodField()
    number = forms.CharField(label=_("Number"), max_length=40)
    amount = CentsField(label=_("Amount"), required=False, help_text=_("For example 1.234,56."))
    due_date = DayField(label=_("Due date"), required=False)
    file = forms.FileField(
        label=_("File"), help_text=_("PDF, XLSX or CSV. Published documents are signed."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.xlsx,.csv"}),
    )  # fmt: skip

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
