"""Appointments: places with their hours and desks, what is done there, holds and bookings."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.catalogue import Product
from orders.models.orders import Order
from portal.hours import check_hours, office_hours
from portal.states import STATES, ZONES
from portal.transitions import FINAL

VIEW_AGENDA = "orders.view_appointment"
BOOK = "orders.add_appointment"
ATTEND = "orders.change_appointment"
OVERBOOK = "orders.overbook_appointment"
CELL_MINUTES = 5  # the grain in which the desks of a place are counted
CELL = timedelta(minutes=CELL_MINUTES)
LONGEST_CLOSURE = timedelta(days=366)


def whole_cells(minutes: int) -> None:
    """ValidationError for what is no multiple of five minutes."""
    if minutes % CELL_MINUTES:
        raise ValidationError(_("Enter a multiple of five minutes."))


class Place(models.Model):
    """Where holders are seen in person ("posto de atendimento"), and when it is open."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    address = models.CharField(_("address"), max_length=200)
    city = models.CharField(_("city"), max_length=80)
    state = models.CharField(_("state"), max_length=2, choices=[(s, s) for s in STATES])
    directions = models.CharField(
        _("how to get there"), max_length=300, blank=True,
        help_text=_("Floor, entrance, parking; clients read it with their appointment."),
    )  # fmt: skip
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    is_active = models.BooleanField(
        _("open"), default=True,
        help_text=_("A closed place is offered to nobody; its future appointments are listed to be moved."),
    )  # fmt: skip
    zone = models.CharField(
        _("time zone"), max_length=40, choices=list(ZONES.items()), default="America/Sao_Paulo"
    )
    desks = models.PositiveSmallIntegerField(
        _("desks"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How many people are seen at the same time."),
    )  # fmt: skip
    # Monday first, as in ``portal.hours``; what lies between two intervals of a day is a break.
    hours = models.JSONField(_("opening hours"), default=office_hours)
    optional_holidays = models.BooleanField(
        _("closed on optional holidays"), default=True,
        help_text=_("Carnival, Corpus Christi, Public Servants' Day."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("place of appointments")
        verbose_name_plural = _("places of appointments")
        ordering = ("state", "city", "name")
        constraints = [
            models.CheckConstraint(condition=Q(desks__gte=1), name="orders_place_has_a_desk")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def whole_address(self) -> str:
        return f"{self.address}, {self.city} – {self.state}"

    def clean(self) -> None:
        check_hours(self.hours)


class Closure(models.Model):
    """Days on which a place is closed, or open at other hours, beside the holidays of the country
    and the state."""

    place = models.ForeignKey(
        Place, on_delete=models.CASCADE, null=True, blank=True, related_name="closures",
        verbose_name=_("place of appointments"), help_text=_("Empty: all."),
    )  # fmt: skip
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=80)
    # Intervals in which it is open all the same on each of these days; empty: closed.
    hours = models.JSONField(_("opening hours"), default=list, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ("-first_day", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="orders_closure_ends",
                violation_error_message=_("It ends no sooner than it begins."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day:%d/%m/%Y}: {self.reason}"

    def clean(self) -> None:
        if self.first_day and self.last_day and self.last_day - self.first_day > LONGEST_CLOSURE:
            raise ValidationError({"last_day": _("Longer than a year: close the place instead.")})

    def days(self) -> list[date]:
        """Each of its days."""
        length = (self.last_day - self.first_day).days
        return [self.first_day + timedelta(days=n) for n in range(length + 1)]


class AppointmentService(models.Model):
    """What is done in an appointment: how long it takes, and how soon it can be booked and moved."""

    name = models.CharField(_("name"), max_length=80)
    product_kind = models.CharField(
        _("kind of certificate"), max_length=6, choices=Product.Kind.choices, blank=True,
        help_text=_("Empty: those that have no service of their own."),
    )  # fmt: skip
    places = models.ManyToManyField(
        Place, blank=True, related_name="services", verbose_name=_("places of appointments"),
        help_text=_("Empty: all."),
    )  # fmt: skip
    is_active = models.BooleanField(_("offered"), default=True)
    duration = models.PositiveSmallIntegerField(
        _("duration (minutes)"), default=30, validators=[MinValueValidator(5), MaxValueValidator(480), whole_cells]
    )  # fmt: skip
    before = models.PositiveSmallIntegerField(
        _("kept free before (minutes)"), default=0, validators=[MaxValueValidator(120), whole_cells]
    )
    after = models.PositiveSmallIntegerField(
        _("kept free afterwards (minutes)"), default=0, validators=[MaxValueValidator(120), whole_cells]
    )  # fmt: skip
    step = models.PositiveSmallIntegerField(
        _("begins every (minutes)"), default=30, validators=[MinValueValidator(5), MaxValueValidator(480), whole_cells]
    )  # fmt: skip
    lead_hours = models.PositiveSmallIntegerField(
        _("booked at least so many hours ahead"), default=4, validators=[MaxValueValidator(720)]
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("booked at most so many days ahead"), default=45,
        validators=[MinValueValidator(1), MaxValueValidator(180)],
    )  # fmt: skip
    change_hours = models.PositiveSmallIntegerField(
        _("moved or cancelled until so many hours before"), default=24, validators=[MaxValueValidator(720)]
    )  # fmt: skip
    max_moves = models.PositiveSmallIntegerField(
        _("may be moved so many times"), default=3, validators=[MaxValueValidator(20)],
        help_text=_("By the client; staff may always move it."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("service of appointments")
        verbose_name_plural = _("services of appointments")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=["product_kind"], condition=Q(is_active=True), name="orders_one_service_a_kind",
                violation_error_message=_("Another service is offered for this kind of certificate."),
            ),
            models.CheckConstraint(
                condition=Q(duration__gte=5, step__gte=5), name="orders_service_takes_time"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    def busy(self, start: datetime) -> tuple[datetime, datetime]:
        """From when to when an appointment at ``start`` keeps a desk, with what is free around it."""
        since = start - timedelta(minutes=self.before)
        return since, start + timedelta(minutes=self.duration + self.after)

    def end(self, start: datetime) -> datetime:
        return start + timedelta(minutes=self.duration)


class Cell(models.Model):
    """Five minutes of a place: how many of its desks are taken. Made when first asked for.

    An appointment takes one in each cell that it touches. So long as no cell has more than there
    are desks, each appointment can be given a desk of its own from its begin to its end.
    ``over``: how many more than there are desks, taken knowingly or left when desks became fewer.
    """

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    capacity = models.PositiveSmallIntegerField()
    booked = models.PositiveSmallIntegerField(default=0)
    over = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["place", "starts_at"], name="orders_cell_once"),
            models.CheckConstraint(
                condition=Q(booked__gte=0, booked__lte=F("capacity") + F("over")),
                name="orders_never_sold_twice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.starts_at:%Y-%m-%d %H:%M} {self.booked}/{self.capacity}"


class Booked(models.Model):
    """What an appointment and a hold share: whose, where, when, and which desk-time it takes."""

    place = models.ForeignKey(
        Place, on_delete=models.PROTECT, related_name="%(class)ss",
        verbose_name=_("place of appointments"),
    )  # fmt: skip
    service = models.ForeignKey(
        AppointmentService, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("service of appointments"),
    )  # fmt: skip
    starts_at = models.DateTimeField(_("begins at"))
    ends_at = models.DateTimeField(_("ends at"))
    # With what is kept free before and afterwards.
    busy_from = models.DateTimeField()
    busy_until = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def local_start(self) -> datetime:
        """When it begins on the clock of its place: naive, so that no template shifts it."""
        return self.starts_at.astimezone(self.place.tz).replace(tzinfo=None)

    @property
    def local_end(self) -> datetime:
        return self.ends_at.astimezone(self.place.tz).replace(tzinfo=None)


class Hold(Booked):
    """A time kept for a person while they confirm it: one an order, one a person."""

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="hold")
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hold"
    )
    until = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.order_id} {self.starts_at:%Y-%m-%d %H:%M}"


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def visible_to(self, user: Any, *, at: datetime | None = None) -> Self:
        """Those of the orders that this person may see; staff need ``orders.view_appointment``."""
        if user.is_authenticated and user.is_staff:
            return self if user.is_active and user.has_perm(VIEW_AGENDA) else self.none()
        return self.filter(order__in=Order.objects.visible_to(user, at=at).values("pk"))

    def live(self) -> Self:
        """Booked or under way: at most one an order."""
        return self.filter(status__in=Appointment.LIVE)


class Appointment(Booked):
    """An order's appointment. Moving it changes the row: it stays the same event in calendars."""

    class Status(models.TextChoices):
        BOOKED = "booked", pgettext_lazy("appointment", "Booked")
        PRESENT = "present", pgettext_lazy("appointment", "Being attended")
        DONE = "done", pgettext_lazy("appointment", "Attended")
        MISSED = "missed", pgettext_lazy("appointment", "Missed")
        CANCELLED = "cancelled", pgettext_lazy("appointment", "Cancelled")

    TRANSITIONS = {
        Status.BOOKED: {
            Status.PRESENT: "orders:agenda_arrived",
            Status.MISSED: "orders:agenda_missed",
            Status.CANCELLED: (
                "orders:appointment_cancel", "orders:appointment_link", "orders:agenda_cancel",
            ),
        },
        Status.PRESENT: {
            Status.DONE: "orders:agenda_finish",
            Status.BOOKED: "orders:agenda_back",
        },
        Status.DONE: FINAL,
        Status.MISSED: FINAL,
        Status.CANCELLED: FINAL,
    }  # fmt: skip
    LIVE: ClassVar[list[str]] = [Status.BOOKED, Status.PRESENT]
    AUDIT_ACTIONS: ClassVar[dict[str, str]] = {
        Status.PRESENT: "appointment.arrived", Status.DONE: "appointment.done",
        Status.MISSED: "appointment.missed", Status.CANCELLED: "appointment.cancelled",
        Status.BOOKED: "appointment.not_arrived",
    }  # fmt: skip

    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_name="appointments",
        verbose_name=pgettext_lazy("certificate", "order"),
    )  # fmt: skip
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.BOOKED
    )
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("booked by"),
    )  # fmt: skip
    # When this time was chosen: at booking, and again each time it is moved.
    set_at = models.DateTimeField(_("booked at"))
    # Of the calendar's invitation: rises with each change of time, of place, and at the end.
    sequence = models.PositiveSmallIntegerField(default=0)
    # How often the client moved it.
    moves = models.PositiveSmallIntegerField(_("times moved"), default=0)
    is_over = models.BooleanField(_("overbooked"), default=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ("starts_at", "pk")
        permissions = [("overbook_appointment", _("Can overbook appointments"))]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(status__in=["booked", "present"]),
                name="orders_one_live_appointment",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at"), busy_from__lte=F("starts_at"), busy_until__gte=F("ends_at")),
                name="orders_appointment_takes_time",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["place", "starts_at"], name="orders_appointments_of_day"),
            models.Index(
                fields=["starts_at"], condition=Q(status="booked"), name="orders_appointments_ahead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.local_start:%d/%m/%Y %H:%M}"

    @property
    def audit_company(self) -> int | None:
        return self.order.company_id

    def may_still_change(self, at: datetime) -> bool:
        """Whether the client may cancel it now."""
        last = self.starts_at - timedelta(hours=self.service.change_hours)
        return self.status == self.Status.BOOKED and at <= last

    def may_still_move(self, at: datetime) -> bool:
        return self.may_still_change(at) and self.moves < self.service.max_moves
