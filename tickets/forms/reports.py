"""What a report is asked for. All of it stands in the address."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.periods import add_months
from portal.ui.fields import DayField
from tickets.models import Department

LONGEST = timedelta(days=366)
MONTHS = 5  # before this one, where no period is given


class ReportFilter(forms.Form):
    """A period of at most a year, and one of ``departments`` or all. Without a period: this month
    and the five before it."""

    since = DayField(label=gettext_lazy("From day"), required=False)
    until = DayField(label=gettext_lazy("Until day"), required=False)
    department = forms.ModelChoiceField(
        Department.objects.none(), label=gettext_lazy("Department"), required=False,
        empty_label=gettext_lazy("All"),
    )  # fmt: skip

    def __init__(self, data: Any, *, departments: QuerySet[Department], today: date) -> None:
        super().__init__(data)
        self.departments, self.today = departments, today
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            return values
        until = values["until"] or self.today
        since = values["since"] or add_months(until, -MONTHS).replace(day=1)
        if until < since:
            self.add_error("until", _("The end of the period comes before its start."))
        elif until - since > LONGEST:
            raise ValidationError(_("Choose a period of at most one year."))
        return {**values, "since": since, "until": until}

    @property
    def chosen_departments(self) -> QuerySet[Department]:
        """Those of which the report is."""
        chosen = self.cleaned_data["department"]
        return self.departments.filter(pk=chosen.pk) if chosen else self.departments
