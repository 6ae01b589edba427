"""Places of appointments as they are administered: hours, closures, services."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import AppointmentService, Closure, Place
from portal.ui.hours import HoursField, WeekForm


class PlaceForm(WeekForm[Place]):
    class Meta:
        model = Place
        fields = (
            "name", "address", "city", "state", "directions", "phone", "is_active", "zone", "desks",
            "optional_holidays",
        )  # fmt: skip


class ClosureForm(forms.ModelForm[Closure]):
    hours = HoursField(
        label=gettext_lazy("opening hours"), help_text=gettext_lazy("Empty: closed all day.")
    )

    class Meta:
        model = Closure
        fields = ("first_day", "last_day", "reason", "place", "hours")


class ServiceForm(forms.ModelForm[AppointmentService]):
    class Meta:
        model = AppointmentService
        fields = (
            "name", "product_kind", "places", "is_active", "duration", "before", "after", "step",
            "lead_hours", "horizon_days", "change_hours", "max_moves",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """One service a kind of certificate; the constraint decides between two at once."""
        found = super().clean() or self.cleaned_data
        same = Q(product_kind=found.get("product_kind", ""), is_active=True) & ~Q(
            pk=self.instance.pk
        )
        if found.get("is_active") and AppointmentService.objects.filter(same).exists():
            self.add_error(
                "product_kind", _("Another service is offered for this kind of certificate.")
            )
        return found
