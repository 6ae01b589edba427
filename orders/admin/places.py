"""Administration of appointments: places with hours and desks, closures, services.

What is booked at a time that is closed now is said at once, and listed in the agenda to be moved.
"""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.forms.places import ClosureForm, PlaceForm, ServiceForm
from orders.models import Appointment, AppointmentService, Closure, Place
from orders.services import agents_day, slots
from portal.accounts.admin.audited import AuditedAdmin
from portal.ui.hours import DAYS, hours_text


class ClosureInline(admin.TabularInline[Closure, Place]):
    model = Closure
    form = ClosureForm
    fields = ("first_day", "last_day", "reason", "hours")
    extra = 0


@admin.register(Place)
class PlaceAdmin(AuditedAdmin):
    form = PlaceForm
    list_display = ("name", "city", "state", "desks", "is_active")
    list_filter = ("is_active", "state")
    search_fields = ("name", "city")
    inlines = (ClosureInline,)
    fieldsets = (
        (None, {"fields": ("name", "is_active", "desks")}),
        (gettext_lazy("Address"), {
            "fields": ("address", "city", "state", "directions", "phone"),
        }),
        (gettext_lazy("Opening hours"), {
            "fields": ("zone", *DAYS, "optional_holidays"),
            "description": gettext_lazy(
                "When it is open on each day; what lies between two intervals is a break. A day "
                "that is left empty is a day off. National holidays and those of the state are "
                "days off."
            ),
        }),
    )  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Place | None = None) -> bool:
        """One that had appointments is closed, not deleted."""
        may = bool(super().has_delete_permission(request, obj))
        return may and obj is not None and not Appointment.objects.filter(place=obj).exists()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        slots.set_desks(form.instance, at=timezone.now())
        say_what_waits(request)


@admin.register(Closure)
class ClosureAdmin(AuditedAdmin):
    form = ClosureForm
    list_display = ("first_day", "last_day", "reason", "of", "shown_hours")
    list_filter = ("place",)
    list_select_related = ("place",)

    @admin.display(description=gettext_lazy("place of appointments"))
    def of(self, row: Closure) -> str:
        return str(row.place or _("All places"))

    @admin.display(description=gettext_lazy("opening hours"))
    def shown_hours(self, row: Closure) -> str:
        return hours_text(row.hours) or _("Closed")

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        say_what_waits(request)


@admin.register(AppointmentService)
class AppointmentServiceAdmin(AuditedAdmin):
    form = ServiceForm
    list_display = ("name", "product_kind", "duration", "step", "is_active")
    list_filter = ("is_active",)
    filter_horizontal = ("places",)

    def has_delete_permission(
        self, request: HttpRequest, obj: AppointmentService | None = None
    ) -> bool:
        """One that had appointments is no longer offered, not deleted."""
        may = bool(super().has_delete_permission(request, obj))
        return may and obj is not None and not Appointment.objects.filter(service=obj).exists()


def say_what_waits(request: HttpRequest) -> None:
    """How many appointments lie at times at which their place is not open, with the way there."""
    count = len(agents_day.without_place(at=timezone.now()))
    if not count:
        return
    text = ngettext(
        "%(n)d appointment lies at a time at which its place is not open: move it.",
        "%(n)d appointments lie at times at which their place is not open: move them.",
        count,
    ) % {"n": count}  # fmt: skip
    messages.warning(
        request, format_html('{} <a href="{}">{}</a>', text, reverse("orders:agenda_to_move"), _("See them"))
    )  # fmt: skip
