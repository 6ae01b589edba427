"""The demonstration's service orders: departments, topics, agents, and 300 orders in every state.

The orders go the way that real ones go, by the desk's own services at their times; nobody is mailed
about what is past. They are made in one transaction: stopped before its end, there are none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from portal.accounts.groups import add_permissions
from portal.accounts.models import User
from portal.demo.cast import DOMAIN
from portal.demo.world import World
from portal.hours import Calendar
from portal.periods import add_months
from portal.permissions import BILLING, REGISTRATION
from portal.provider.models import ContactDesk
from portal.taxid import format_tax_id, with_check_digits
from tickets import demo_files, demo_mails, demo_orders
from tickets import demo_texts as texts
from tickets.demo_orders import Order, Story
from tickets.demo_texts import SUPPORT, Scene, Subject
from tickets.desk import AGENT
from tickets.models import (
    CannedReply,
    ClosedDay,
    Department,
    Member,
    SavedQueue,
    SlaTarget,
    Ticket,
    Topic,
    TopicField,
)
from tickets.models.departments import Priority
from tickets.services import figures
from tickets.services.hours import calendar_of
from tickets.services.opening import Person

ZONE = ZoneInfo("America/Sao_Paulo")
A_MONTH = 18  # orders of each month that is over
CLIENTS = ["ana", "bruno", "carla", "diego", "daniel"]
Source = Ticket.Source
Tell = Callable[[Order], Story]


def load(world: World) -> None:
    """Make the desk; and the orders of the world's months, if there are none yet."""
    desk = _desk(world)
    if world.ages and not Ticket.objects.exists():
        stories = _Maker(world, desk).stories()
        wanted = [order for order, _story in stories if order.scene.file]
        for order, file in zip(
            wanted, demo_files.store_all(o.scene.file for o in wanted), strict=True
        ):
            order.files = [file]
        with transaction.atomic():
            demo_orders.tell_all(stories)
        demo_mails.make(at=world.at)
        figures.count(today=world.at.astimezone(ZONE).date())
        world.tell(_("%(n)d service orders.") % {"n": len(stories)})


def _desk(world: World) -> Mapping[str, Topic]:
    """Departments with their hours, promises, agents, topics and canned answers; topics by name."""
    ContactDesk.objects.get_or_create(
        topic=SUPPORT,
        defaults={
            "name": "Atendimento", "people": "Teresa ou Paulo", "phone": "(31) 3555-0110",
            "email": f"atendimento@{DOMAIN}", "hours": _("Monday to Friday, 8 am to 6 pm"),
        },
    )  # fmt: skip
    departments = {name: _department(name, world) for name in texts.DEPARTMENTS}
    for group in (BILLING, REGISTRATION):  # as an operator does where they answer orders, too
        add_permissions(group, AGENT)
    last_day = date(world.at.year, 12, 31)
    ClosedDay.objects.get_or_create(
        day=last_day, department=None, defaults={"name": "Recesso de fim de ano"}
    )
    for name, title, html in texts.CANNED:
        CannedReply.objects.get_or_create(
            department=departments.get(name), title=title, defaults={"html": html}
        )
    SavedQueue.objects.get_or_create(
        user=world.people["atendente"], name="Urgentes sem atendente",
        defaults={"query": "queue=unassigned&priority=4-urgent", "department": departments[SUPPORT]},
    )  # fmt: skip
    return {subject.name: _topic(subject, departments) for subject in texts.SUBJECTS}


def _department(name: str, world: World) -> Department:
    contact = ContactDesk.objects.get(topic=name)
    department, is_new = Department.objects.get_or_create(
        desk=contact, defaults=texts.DEPARTMENTS[name]
    )
    if is_new:
        SlaTarget.objects.bulk_create(
            SlaTarget(
                department=department, priority=priority, first_minutes=first, resolve_minutes=whole
            )
            for priority, (first, whole) in texts.PROMISES.items()
        )
        Member.objects.bulk_create(
            Member(department=department, user=world.people[login]) for login in texts.AGENTS[name]
        )
    return department


def _topic(subject: Subject, departments: Mapping[str, Department]) -> Topic:
    topic, is_new = Topic.objects.get_or_create(
        department=departments[subject.desk], name=subject.name,
        defaults={"help": subject.help, **subject.more},
    )  # fmt: skip
    if is_new:
        TopicField.objects.bulk_create(
            TopicField(topic=topic, name=name, label=label, kind=kind, order=10 * i, **more)
            for i, (name, label, kind, more) in enumerate(subject.fields, 1)
        )
    return topic


@dataclass(frozen=True)
class _Plan:
    """So many orders of one kind; opened so many hours ago, at least and at most."""

    count: int
    tell: Tell
    least: float
    most: float
    source: Source | None = None
    priority: str = ""
    is_told: bool = False


# What is going on now, beside the orders that need each other.
_NOW = [
    _Plan(4, demo_orders.new, 0.2, 3, is_told=True),
    _Plan(3, demo_orders.new, 3, 20, source=Source.MAIL),
    _Plan(2, demo_orders.new, 96, 150),  # overdue
    _Plan(2, demo_orders.new, 100, 170, priority=Priority.URGENT),
    _Plan(3, demo_orders.taken, 2, 30),
    _Plan(3, demo_orders.taken, 150, 240, priority=Priority.HIGH),  # overdue
    _Plan(5, demo_orders.asked, 30, 110),
    _Plan(1, demo_orders.asked, 30, 60, source=Source.MAIL, is_told=True),
    _Plan(4, demo_orders.replied, 60, 140),
    _Plan(2, demo_orders.replied, 240, 330, priority=Priority.URGENT),
    _Plan(3, demo_orders.resolved, 90, 160),
    _Plan(2, demo_orders.thanked, 90, 160),
    _Plan(1, demo_orders.reopened, 500, 600),
    _Plan(1, demo_orders.came_back, 70, 100),
    _Plan(2, demo_orders.spam, 30, 200, source=Source.MAIL),
    _Plan(1, demo_orders.unconfirmed, 0.3, 1, source=Source.WEB, is_told=True),
    _Plan(1, demo_orders.held, 40, 60, source=Source.MAIL),
    _Plan(2, demo_orders.returned, 40, 90, source=Source.MAIL),
]  # fmt: skip


class _Maker:
    """Makes orders; everything follows from chance that falls alike every time."""

    def __init__(self, world: World, topics: Mapping[str, Topic]) -> None:
        self.world, self.topics = world, topics
        self.calendars: dict[int, Calendar] = {}
        self.made = 0

    def stories(self) -> Sequence[tuple[Order, Story]]:
        return [*self._months(), *self._now(), *self._together(), self._manual()]

    def _months(self) -> Iterator[tuple[Order, Story]]:
        for age in self.world.ages:
            month = add_months(self.world.at.date().replace(day=1), -age)
            for _number in range(A_MONTH):
                order = self.order(_some_time_in(month, self._chance("time")))
                silent = order.chance.random() < 0.1
                tell = demo_orders.never_answered if silent else demo_orders.closed
                yield order, tell(order)

    def _now(self) -> Iterator[tuple[Order, Story]]:
        for plan in _NOW:
            for _number in range(plan.count):
                order = self._recent(plan)
                yield order, plan.tell(order)

    def _recent(self, plan: _Plan) -> Order:
        at = self._ago(self._chance("ago").uniform(plan.least, plan.most))
        order = self.order(at, source=plan.source)
        order.priority, order.is_told = plan.priority or order.priority, plan.is_told
        if plan.tell is demo_orders.spam:
            order.scene = Scene(
                subject=texts.SPAM[0], asks=texts.SPAM[1], question="", reply="", solution=""
            )
        return order

    def _together(self) -> Iterator[tuple[Order, Story]]:
        """Orders of which one needs another."""
        first, again = (
            self.order(self._ago(30), login="bruno"),
            self.order(self._ago(28), login="bruno"),
        )
        again.topic, again.scene, again.values = first.topic, first.scene, first.values
        yield first, demo_orders.taken(first)
        yield again, demo_orders.merged(first)(again)
        wrong = self.order(self._ago(26), topic="Outros assuntos")
        yield wrong, demo_orders.moved(self.topics["Certificado digital"].department)(wrong)
        old, late = (
            self.order(self._ago(1100), login="carla"),
            self.order(self._ago(6), login="carla"),
        )
        yield old, demo_orders.never_answered(old)
        yield late, demo_orders.following(old)(late)

    def _manual(self) -> tuple[Order, Story]:
        """The order that the manual shows: Ana's, of two hours ago."""
        order = self.order(self._ago(2), login="ana", topic=texts.VEHICLE)
        order.scene, order.source, order.is_told = texts.MANUAL, Source.WEB, True
        order.values = {"renavam": _renavam("3048215690"), "placa": "NBB-0000"}
        return order, demo_orders.new(order)

    def order(
        self, at: datetime, *, login: str = "", topic: str = "", source: Source | None = None
    ) -> Order:
        """One by chance, where nothing else is said."""
        self.made += 1
        chance = self._chance("order")
        subjects = [one for one in texts.SUBJECTS if one.scenes]
        subject = chance.choice([one for one in subjects if topic in ("", one.name)])
        found = self.topics[subject.name]
        by = (
            source
            or chance.choices(
                [Source.WEB, Source.MAIL, Source.PHONE, Source.PORTAL], [45, 30, 20, 5]
            )[0]
        )
        person = self._person(chance, login)
        if by == Source.PORTAL and person.user is None:
            by = Source.WEB
        return Order(
            name=str(self.made), now=at, until=self.world.at, chance=chance, topic=found,
            scene=chance.choice(subject.scenes), person=person, source=by,
            values=_values(subject, chance, at), calendar=self._calendar(found.department),
            agents=[self.world.people[name] for name in texts.AGENTS[subject.desk]],
            priority=chance.choices(
                ["", Priority.LOW, Priority.HIGH, Priority.URGENT], [70, 10, 15, 5]
            )[0],
        )  # fmt: skip

    def _person(self, chance: Random, login: str) -> Person:
        phone = f"(31) 98555-{chance.randint(1000, 9999)}"
        if login or chance.random() < 0.3:
            user: User = self.world.people[login or chance.choice(CLIENTS)]
            return Person(name=user.name, email=user.email or "", phone=phone, user=user)
        name = f"{chance.choice(texts.FIRST_NAMES)} {chance.choice(texts.LAST_NAMES)}"
        email = f"{slugify(name).replace('-', '.')}@clientes.{DOMAIN}"
        return Person(name=name, email=email, phone=phone)

    def _calendar(self, department: Department) -> Calendar:
        if department.pk not in self.calendars:
            self.calendars[department.pk] = calendar_of(department)
        return self.calendars[department.pk]

    def _ago(self, hours: float) -> datetime:
        return self.world.at - timedelta(hours=hours)

    def _chance(self, about: str) -> Random:
        return Random(f"tickets/{about}/{self.made}")  # noqa: S311 - for show


def _some_time_in(month: date, chance: Random) -> datetime:
    day = month + timedelta(days=chance.randint(0, 27))
    moment = time(chance.choice([7, *range(8, 18), *range(8, 18), 19, 21]), chance.randint(0, 59))
    return datetime.combine(day, moment, ZONE)


def _values(subject: Subject, chance: Random, at: datetime) -> dict[str, str]:
    """Values that the form would have given; those of agents stay empty."""
    digits = "".join(str(chance.randint(0, 9)) for _n in range(10))
    by_kind = {
        TopicField.Kind.RENAVAM: _renavam(digits),
        TopicField.Kind.PLATE: f"NBB{digits[0]}{chance.choice('ABCDEFGHIJ')}{digits[1:3]}",
        TopicField.Kind.TAX_ID: format_tax_id(with_check_digits(digits[:9])),
        TopicField.Kind.DATE: f"{at:%Y-%m-10}",
        TopicField.Kind.NUMBER: f"{int(digits[:4])}.{digits[4:6]}",
        TopicField.Kind.TEXT: f"{at:%Y%m}{digits[:3]}",
    }
    found = {}
    for name, _label, kind, more in subject.fields:
        if kind == TopicField.Kind.CHOICE:
            found[name] = chance.choice(more["choices"].splitlines())
        elif not more.get("for_agents"):
            found[name] = by_kind[TopicField.Kind(kind)]
    return found


def _renavam(body: str) -> str:
    """With its check digit; see ``services.vehicles``."""
    total = sum(int(digit) * (2 + i % 8) for i, digit in enumerate(reversed(body)))
    return f"{body}{total * 10 % 11 % 10}"
