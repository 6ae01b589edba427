"""What the list of removed documents is asked for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from invoices.forms.filters import check_months, unit_widget
from invoices.models import Tombstone
from invoices.services.listing import Scope, find_unit
from invoices.services.remains import removed_documents
from portal.ui.fields import PeriodField


class RemovedFilter(forms.Form):
    """Unit and month or range of months, among what ``scope`` reaches."""

    unit = forms.CharField(label=_("Unit"), required=False)
    period = PeriodField(required=False)
    until = PeriodField(label=_("Until"), required=False)

    def __init__(self, data: Any, *, scope: Scope) -> None:
        super().__init__(data)
        self.scope = scope
        self.fields["unit"].widget = unit_widget(scope)

    def clean_unit(self) -> int | None:
        code = self.cleaned_data["unit"].strip()
        found = find_unit(self.scope, code) if code else None
        if code and found is None:
            raise ValidationError(_("This unit does not exist, or is not linked to your login."))
        return found

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        check_months(self, values)
        return values

    def tombstones(self) -> QuerySet[Tombstone]:
        """What was asked for; none where something was filled in wrongly."""
        if not self.is_valid():
            return Tombstone.objects.none()
        values = self.cleaned_data
        return removed_documents(
            self.scope, unit=values["unit"], first=values["period"], last=values["until"]
        )
