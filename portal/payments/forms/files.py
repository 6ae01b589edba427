"""What the pages of return files, differences, statement and remessas ask for."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db.models import Count, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.payments.models import Agreement, Charge, Difference, Remittance, Slip
from portal.ui.fields import DayField

_MB = 1024**2
MOST = 64 * _MB  # 100,000 lines of CNAB 400 are 40 MB
ALL = pgettext_lazy("differences", "All")


class ReturnFileForm(forms.Form):
    """A return file, as the bank gave it."""

    file = forms.FileField(
        label=_("Return file"),
        help_text=_("As it came from the bank: .RET or .TXT, CNAB 240 or 400."),
        widget=forms.FileInput(attrs={"accept": ".ret,.txt,.rst,text/plain"}),
    )

    def clean_file(self) -> File[Any]:
        file: File[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST:
            raise ValidationError(
                _("The file has more than %(limit)s MB."), code="too_large",
                params={"limit": MOST // _MB},
            )  # fmt: skip
        return file


class DifferenceFilter(forms.Form):
    """What narrows the work list; each state with the number that it has."""

    status = forms.ChoiceField(label=_("Status"), required=False)
    kind = forms.ChoiceField(
        label=_("Difference"), required=False, choices=[("", ALL), *Difference.Kind.choices]
    )
    agreement = forms.ModelChoiceField(
        Agreement.objects.order_by("name"), label=_("Agreement"), required=False, empty_label=ALL
    )

    def __init__(self, data: Any) -> None:
        asked = data.copy()
        asked.setdefault("status", Difference.Status.OPEN)
        super().__init__(asked)
        self.fields["status"].initial = Difference.Status.OPEN
        counted = Difference.objects.values_list("status").annotate(Count("pk")).order_by("status")
        counts: dict[str, int] = dict(counted)
        field: Any = self.fields["status"]
        field.choices = [
            (value, f"{label} ({number_format(counts.get(value, 0), force_grouping=True)})")
            for value, label in Difference.Status.choices
        ]

    def apply(self, found: QuerySet[Difference]) -> QuerySet[Difference]:
        """What was filled in wrongly matches nothing."""
        if not self.is_valid():
            return found.none()
        return found.filter(**{name: v for name, v in self.cleaned_data.items() if v})


class NoteForm(forms.Form):
    """Why a difference is dealt with so."""

    note = forms.CharField(label=_("Reason"), max_length=300)


class RefundForm(forms.Form):
    """Money that was paid back: how, when, and who has it."""

    means = forms.CharField(
        label=_("How it was paid back"), max_length=60,
        help_text=_("For example: Pix to the payer's key, bank transfer."),
    )  # fmt: skip
    refunded_on = DayField(label=_("Paid back on"))
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False,
        help_text=_("For example the number of the transfer."),
    )  # fmt: skip

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data, initial={"refunded_on": today})
        self.today = today

    def clean_refunded_on(self) -> date:
        day: date = self.cleaned_data["refunded_on"]
        if day > self.today:
            raise ValidationError(_("This day has not come yet."), code="future")
        return day


class AssignForm(forms.Form):
    """The charge that a payment of nobody was meant for."""

    number = forms.CharField(
        label=_("Number of the charge, or of one of its slips (nosso número)"), max_length=25,
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    note = forms.CharField(label=_("How do you know?"), max_length=300)

    def clean_number(self) -> Charge:
        text = self.cleaned_data["number"].strip()
        slip = Slip.objects.filter(number_text=text).select_related("charge").first()
        found = slip.charge if slip else None
        if found is None and text.isascii() and text.isdecimal():
            found = Charge.objects.filter(pk=int(text[:18])).first()
        if found is None:
            raise ValidationError(_("There is no such charge and no such slip."), code="unknown")
        return found


class DayForm(forms.Form):
    """The day of a statement."""

    dia = DayField(label=_("Day"))


class RemittanceFilter(forms.Form):
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", ALL), *Remittance.Status.choices]
    )
    agreement = forms.ModelChoiceField(
        Agreement.objects.order_by("name"), label=_("Agreement"), required=False, empty_label=ALL
    )

    def apply(self, found: QuerySet[Remittance]) -> QuerySet[Remittance]:
        """What was filled in wrongly matches nothing."""
        if not self.is_valid():
            return found.none()
        return found.filter(**{name: v for name, v in self.cleaned_data.items() if v})


class DueDateForm(forms.Form):
    """Another due date for a registered slip."""

    number = forms.CharField(
        label=_("Number of the slip (nosso número)"), max_length=25,
        widget=forms.TextInput({"autocomplete": "off"}),
    )  # fmt: skip
    due_on = DayField(label=_("New due date"))

    def clean_number(self) -> Slip:
        text = self.cleaned_data["number"].strip()
        found = Slip.objects.filter(number_text=text).first()
        if found is None:
            raise ValidationError(_("There is no slip with this number."), code="unknown")
        return found
