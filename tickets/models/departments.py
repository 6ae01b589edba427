"""Departments: the provider's contact desks that answer service orders, and when they work."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.hours import check_hours, office_hours
from portal.provider.models import ContactDesk
from portal.states import STATES, ZONES


class Priority(models.TextChoices):
    LOW = "1-low", _("Low")
    NORMAL = "2-normal", _("Normal")
    HIGH = "3-high", _("High")
    URGENT = "4-urgent", _("Urgent")


class Department(models.Model):
    """What a contact desk needs to answer service orders: its hours, its promises, its habits."""

    desk = models.OneToOneField(
        ContactDesk, on_delete=models.PROTECT, related_name="department", verbose_name=_("contact desk")
    )  # fmt: skip
    is_active = models.BooleanField(
        _("active"), default=True,
        help_text=_("One that was closed keeps its finished orders, and is offered to nobody."),
    )  # fmt: skip
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("goes on with its orders"),
        help_text=_("Asked when it is closed: what is open, or is opened again, goes there."),
    )  # fmt: skip
    zone = models.CharField(
        _("time zone"), max_length=40, choices=list(ZONES.items()), default="America/Sao_Paulo"
    )
    # Monday first; of each day the intervals in which it works: [["08:00", "12:00"], …].
    hours = models.JSONField(_("working hours"), default=office_hours)
    holidays_of = models.CharField(
        _("holidays of"), max_length=2, choices=[(s, s) for s in STATES], blank=True,
        help_text=_("The national holidays always count; here those of a state, too."),
    )  # fmt: skip
    optional_holidays = models.BooleanField(
        _("closed on optional holidays"), default=False,
        help_text=_("Carnival, Corpus Christi, Public Servants' Day."),
    )  # fmt: skip
    auto_close_days = models.PositiveSmallIntegerField(
        _("close after days of silence"), default=7,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_(
            "Of an order that waits for the client, or is resolved. The client is told two days before, or when half of the time is over."
        ),
    )  # fmt: skip
    reopen_days = models.PositiveSmallIntegerField(
        _("may be opened again within days"), default=15,
        validators=[MaxValueValidator(365)],
        help_text=_("After that an answer opens a new order, linked to the old one."),
    )  # fmt: skip
    retention_months = models.PositiveSmallIntegerField(
        pgettext_lazy("service order", "months of retention"), default=60,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text=_("After it was closed an order is kept for so long."),
    )  # fmt: skip
    phone_without_email = models.BooleanField(
        _("takes orders by phone without an e-mail"), default=False,
        help_text=_("They are followed by their printed number at the counter or by phone only."),
    )  # fmt: skip
    signature = models.TextField(
        _("signature"), max_length=500, blank=True, help_text=_("Below each answer by mail.")
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Member", related_name="departments", verbose_name=_("members")
    )  # fmt: skip

    class Meta:
        verbose_name = pgettext_lazy("service order", "department")
        verbose_name_plural = _("departments")
        ordering = ("desk__name", "pk")

    def __str__(self) -> str:
        return self.desk.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def in_charge(self) -> "Department":
        """Who answers its orders now: itself, or what goes on for one that was closed."""
        found, seen = self, {self.pk}
        while not found.is_active and found.successor and found.successor.pk not in seen:
            seen.add(found.successor.pk)
            found = found.successor
        return found

    def clean(self) -> None:
        check_hours(self.hours)


class Member(models.Model):
    """An agent of a department."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships",
        verbose_name=_("agent"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["department", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.department})"


def member_of(user: Any) -> list[int]:
    """Keys of the departments whose agent this is. Read at once: with keys the database chooses an
    index by what is in it, with a subquery it guesses (bench line 11)."""
    found = Member.objects.filter(user=user).order_by("department")
    return list(found.values_list("department", flat=True))


class SlaTarget(models.Model):
    """In how much working time orders of a priority are first answered, and resolved."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, related_name="targets")
    priority = models.CharField(_("priority"), max_length=8, choices=Priority.choices)
    first_minutes = models.PositiveIntegerField(
        _("first answer within (minutes)"), validators=[MinValueValidator(1)]
    )
    resolve_minutes = models.PositiveIntegerField(
        _("resolved within (minutes)"), validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("promised time")
        verbose_name_plural = _("promised times")
        ordering = ("priority",)
        constraints = [
            models.UniqueConstraint(fields=["department", "priority"], name="target_once"),
            models.CheckConstraint(
                condition=models.Q(first_minutes__lte=models.F("resolve_minutes")),
                name="answered_before_resolved",
                violation_error_message=_("It is resolved no sooner than it is first answered."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department}: {self.get_priority_display()}"


class ClosedDay(models.Model):
    """A day on which no work is done, beside the holidays of the country and the state."""

    day = models.DateField(_("day"))
    name = models.CharField(_("reason"), max_length=80)
    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, null=True, blank=True, related_name="closed_days",
        verbose_name=pgettext_lazy("service order", "department"), help_text=_("Empty: all."),
    )  # fmt: skip
    # Intervals in which it works all the same, as in ``Department.hours``; empty: closed.
    hours = models.JSONField(_("working hours"), default=list, blank=True)

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        ordering = ("-day",)
        constraints = [
            models.UniqueConstraint(fields=["day", "department"], name="closed_day_once"),
            models.UniqueConstraint(
                fields=["day"],
                condition=models.Q(department=None),
                name="closed_day_of_all_once",
                violation_error_message=_("For all departments this day stands here already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}: {self.name}"
