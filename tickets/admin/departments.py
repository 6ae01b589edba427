"""Administration of departments: hours, promises, members, closed days. What changes the clock of
orders has it reckoned anew by a job."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms.models import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.accounts.admin.audited import AuditedAdmin
from portal.ui.hours import DAYS
from tickets.forms.departments import (
    ClosedDayForm,
    DepartmentForm,
    MemberForm,
    TargetForm,
)
from tickets.models import ClosedDay, Department, Member, SlaTarget, Ticket
from tickets.models.departments import Priority
from tickets.services import exits, sla

CLOCK = {"zone", "holidays_of", "optional_holidays", *DAYS}  # fields that change its calendar


class MemberInline(admin.TabularInline[Member, Department]):
    model = Member
    form = MemberForm
    extra = 1


class TargetFormSet(BaseInlineFormSet[SlaTarget, Department, ModelForm[SlaTarget]]):
    """A line for each priority, also for those without a promise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        promised = set(self.get_queryset().values_list("priority", flat=True))
        missing = [{"priority": p.value} for p in Priority if p.value not in promised]
        self.initial_extra, self.extra = missing, len(missing)


class TargetInline(admin.TabularInline[SlaTarget, Department]):
    model = SlaTarget
    form = TargetForm
    formset = TargetFormSet
    max_num = len(Priority)


class ClosedDayInline(admin.TabularInline[ClosedDay, Department]):
    model = ClosedDay
    form = ClosedDayForm
    fields = ("day", "name", "hours")
    extra = 0


@admin.register(Department)
class DepartmentAdmin(AuditedAdmin):
    form = DepartmentForm
    list_display = ("desk", "email", "phone", "agents", "open_orders", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("desk",)
    search_fields = ("desk__name", "desk__email")
    inlines = (MemberInline, TargetInline, ClosedDayInline)
    fieldsets = (
        (None, {"fields": ("desk", "is_active", "successor")}),
        (gettext_lazy("Working hours"), {
            "fields": ("zone", *DAYS, "holidays_of", "optional_holidays"),
            "description": gettext_lazy(
                "When it works on each day; the promised times count these hours only. "
                "A day that is left empty is a day off."
            ),
        }),
        (gettext_lazy("End of an order"), {
            "fields": ("auto_close_days", "reopen_days", "retention_months"),
        }),
        (gettext_lazy("Habits"), {"fields": ("phone_without_email", "signature")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        found: QuerySet[Department] = super().get_queryset(request)
        open_here = Ticket.objects.unfinished().filter(department=OuterRef("pk")).order_by()
        counted = open_here.values("department").annotate(n=Count("pk")).values("n")
        return found.annotate(unfinished=Coalesce(Subquery(counted), 0), people=Count("members"))

    @admin.display(description=gettext_lazy("e-mail"))
    def email(self, department: Department) -> str:
        return department.desk.email

    @admin.display(description=gettext_lazy("phone"))
    def phone(self, department: Department) -> str:
        return department.desk.phone or "–"

    @admin.display(description=gettext_lazy("members"))
    def agents(self, department: Any) -> int:
        return int(department.people)

    @admin.display(description=gettext_lazy("open orders"))
    def open_orders(self, department: Any) -> int:
        return int(department.unfinished)

    def has_delete_permission(self, request: HttpRequest, obj: Department | None = None) -> bool:
        """One that had orders is closed, not deleted."""
        may = bool(super().has_delete_permission(request, obj))
        return may and obj is not None and not obj.tickets.exists()

    def save_model(self, request: HttpRequest, obj: Department, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and CLOCK & set(form.changed_data):
            sla.reckon_later(obj)
        if change and not obj.is_active and "is_active" in form.changed_data:
            text = _("The department was closed. Its open orders go to %(to)s within five minutes.")
            messages.success(request, text % {"to": obj.in_charge})

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if change and formset.model in (SlaTarget, ClosedDay) and formset.has_changed():
            sla.reckon_later(form.instance)
        for member in formset.deleted_objects if formset.model is Member else ():
            exits.release_from(member.department, member.user, at=timezone.now())


@admin.register(ClosedDay)
class ClosedDayAdmin(AuditedAdmin):
    form = ClosedDayForm
    list_display = ("day", "name", "of", "shown_hours")
    list_filter = ("department",)
    list_select_related = ("department__desk",)

    @admin.display(description=pgettext_lazy("service order", "department"))
    def of(self, row: ClosedDay) -> str:
        return str(row.department or _("All departments"))

    @admin.display(description=gettext_lazy("working hours"))
    def shown_hours(self, row: ClosedDay) -> str:
        return ", ".join(f"{begin}–{end}" for begin, end in row.hours) or _("Closed")

    def save_model(self, request: HttpRequest, obj: ClosedDay, form: Any, change: bool) -> None:
        before = form.initial.get("department") if change else obj.department_id
        super().save_model(request, obj, form, change)
        if before == obj.department_id:
            sla.reckon_later(obj.department)
        else:
            sla.reckon_later(None)

    def delete_model(self, request: HttpRequest, obj: ClosedDay) -> None:
        department = obj.department
        super().delete_model(request, obj)
        sla.reckon_later(department)
