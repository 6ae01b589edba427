"""What happens to the demonstration's service orders, told in the order of time.

An order is a story: a generator that gives the time of its next step and takes the step when that
time has come. All stories go on together, so that numbers and timelines are in order; what would
come later than the demonstration's "now" does not happen.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from portal.accounts.models import User
from portal.hours import Calendar
from tickets import demo_texts as texts
from tickets.demo_texts import Scene
from tickets.models import Department, Entry, Event, Participant, Ticket, Topic
from tickets.services import acts, clients, life, merging, opening, prose, telling
from tickets.services.thread import NewFile, Said

Status, Source = Ticket.Status, Ticket.Source
Story = Iterator[datetime]


@dataclass(kw_only=True)
class Order:
    """An order to come, and what its story needs. ``now``: the time of the step that is taken."""

    name: str
    now: datetime
    until: datetime
    chance: Random
    topic: Topic
    scene: Scene
    person: opening.Person
    source: Ticket.Source
    agents: Sequence[User]
    calendar: Calendar
    values: dict[str, str] = field(default_factory=dict)
    priority: str = ""
    files: Sequence[NewFile] = ()
    is_told: bool = False  # by mail: of what is recent, for who looks into the outbox
    ticket: Ticket = field(init=False)
    said: int = 0

    def work(self, least: int, most: int) -> datetime:
        """So many minutes of work later."""
        later = self.calendar.after(self.now, 60 * self.chance.randint(least, most))
        self.now = min(later or self.until, self.until + timedelta(seconds=1))
        return self.now

    def wait(self, least: int, most: int) -> datetime:
        """So many hours later, whoever works."""
        self.now += timedelta(minutes=self.chance.randint(60 * least, 60 * most))
        return self.now

    @property
    def agent(self) -> User:
        return self.ticket.assigned_to or self.agents[0]

    def opens(self) -> None:
        self.ticket = opening.open_ticket(self.new(), at=self.now)

    def new(self) -> opening.NewTicket:
        by_phone = self.source == Source.PHONE
        return opening.NewTicket(
            source=self.source, department=self.topic.department, topic=self.topic,
            subject=self.scene.subject, person=self.person, values=self.values, priority=self.priority,
            opened_by=self.agents[0] if by_phone else None,
            said=self.client_text(self.scene.asks, files=self.files),
        )  # fmt: skip

    def client_text(self, text: str, *, files: Sequence[NewFile] = (), held: bool = False) -> Said:
        return Said(
            kind=Entry.Kind.CLIENT, text=text, author=self.person.name, user=self.person.user,
            source=Source.WEB if self.source == Source.PORTAL else self.source, key=self.next_key(),
            files=files, held=held, sender_trusted=not held,
        )  # fmt: skip

    def next_key(self) -> str:
        self.said += 1
        return f"demo:{self.name}:{self.said}"

    def agent_text(self, text: str, kind: Entry.Kind = Entry.Kind.AGENT) -> Said:
        hello = (
            f"Olá, {self.person.name.partition(' ')[0]}!\n\n" if kind == Entry.Kind.AGENT else ""
        )
        return Said(
            kind=kind, text=hello + text, html=prose.as_html(hello + text), author=self.agent.name,
            user=self.agent, source=Source.WEB, key=self.next_key(),
        )  # fmt: skip

    def is_taken(self) -> None:
        to = self.agents[0] if self.chance.random() < 0.75 else self.agents[-1]
        acts.assign(self.ticket, to, by=to, at=self.now)

    def is_answered(self, text: str, to: Ticket.Status) -> None:
        life.agent_answers(self.ticket, self.agent_text(text), to=to, at=self.now)

    def client_says(self, text: str, *, held: bool = False) -> None:
        me = self.ticket.participants.filter(role=Participant.Role.REQUESTER).first()
        said = replace(self.client_text(text, held=held), participant=me)
        life.client_says(self.ticket, said, at=self.now)

    def is_rated(self) -> None:
        rating = self.chance.choices([5, 4, 3, 2, 1], [50, 28, 12, 6, 4])[0]
        comment = self.chance.choice(texts.COMMENTS[rating])
        clients.rate(self.ticket, rating, comment, by=self.person.user, at=self.now)

    def is_closed(self, reason: str, by: User | None = None) -> None:
        life.close(self.ticket, by=by, reason=reason, at=self.now)


def tell_all(stories: Iterable[tuple[Order, Story]]) -> None:
    """Let them happen, step by step in the order of time, until each one's now."""
    waiting = [(order.now, i, order, story) for i, (order, story) in enumerate(stories)]
    heapq.heapify(waiting)
    while waiting:
        at, i, order, story = heapq.heappop(waiting)
        if at > order.until:
            continue
        with nullcontext() if order.is_told else telling.silently():
            following = next(story, None)
        if following is not None:
            heapq.heappush(waiting, (following, i, order, story))


def new(order: Order) -> Story:
    order.opens()
    yield from ()


def taken(order: Order) -> Story:
    order.opens()
    yield order.work(5, 180)
    order.is_taken()
    if order.scene.note:
        yield order.work(5, 60)
        life.note(order.ticket, order.agent_text(order.scene.note, Entry.Kind.NOTE), at=order.now)


def asked(order: Order) -> Story:
    """It waits for the client."""
    yield from taken(order)
    yield order.work(5, 120)
    order.is_answered(order.scene.question, Status.WAITING_CLIENT)


def replied(order: Order) -> Story:
    """The client has answered, and waits for us."""
    yield from asked(order)
    yield order.wait(1, 20)
    order.client_says(order.scene.reply)


def resolved(order: Order) -> Story:
    """Half of them at once, by the first answer."""
    yield from order.chance.choices([new, taken, replied], [50, 15, 35])[0](order)
    yield order.work(10, 600)
    order.is_answered(order.scene.solution, Status.RESOLVED)


def closed(order: Order) -> Story:
    """To its end, in one of several ways."""
    yield from resolved(order)
    if order.chance.random() < 0.12:
        yield order.wait(1, 30)
        order.client_says(texts.STILL_NOT)
        yield order.work(10, 300)
        order.is_answered(texts.AGAIN, Status.RESOLVED)
    way = order.chance.random()
    if way < 0.5:
        yield order.wait(1, 60)
        order.is_rated()  # which closes it
    elif way < 0.7:
        yield order.work(60, 1200)
        order.is_closed(order.chance.choice(texts.CLOSED), by=order.agent)
    else:
        yield order.wait(7 * 24, 7 * 24 + 6)
        order.is_closed(texts.SILENCE)


def never_answered(order: Order) -> Story:
    """We asked, the client was silent: it closed by itself."""
    yield from asked(order)
    yield order.wait(7 * 24, 7 * 24 + 6)
    order.is_closed(texts.SILENCE)


def reopened(order: Order) -> Story:
    yield from closed(order)
    yield order.wait(2, 20)
    life.reopen(order.ticket, by=order.agents[0], at=order.now)


def came_back(order: Order) -> Story:
    """It was closed; the client writes again."""
    yield from taken(order)
    yield order.work(10, 60)
    order.is_answered(order.scene.solution, Status.RESOLVED)
    yield order.work(10, 60)
    order.is_closed(texts.CLOSED[0], by=order.agent)
    yield order.wait(2, 12)
    order.client_says(texts.STILL_NOT)


def spam(order: Order) -> Story:
    order.opens()
    yield order.work(5, 60)
    life.mark_spam(order.ticket, by=order.agents[0], at=order.now)


def unconfirmed(order: Order) -> Story:
    order.ticket = opening.open_unconfirmed(order.new(), at=order.now)
    yield from ()


def held(order: Order) -> Story:
    """Somebody wrote as the client, and nothing proves it."""
    yield from asked(order)
    yield order.wait(1, 6)
    order.client_says(order.scene.reply, held=True)


def returned(order: Order) -> Story:
    """Our answer came back."""
    yield from asked(order)
    yield order.wait(0, 1)
    people = order.ticket.participants.filter(email=order.person.email)
    people.update(bounced_at=order.now)
    Ticket.objects.filter(pk=order.ticket.pk).update(bounced=True)
    Event.objects.create(
        ticket=order.ticket, kind=Event.Kind.BOUNCED, at=order.now, note=order.person.email
    )


def thanked(order: Order) -> Story:
    """Resolved, and rated at once."""
    yield from resolved(order)
    yield order.wait(0, 2)
    order.is_rated()


def moved(to: Department) -> Callable[[Order], Story]:
    """It came to the wrong department."""

    def story(order: Order) -> Story:
        order.opens()
        yield order.work(5, 60)
        acts.transfer(
            order.ticket, to, by=order.agents[0], at=order.now, note="Assunto desta área."
        )

    return story


def merged(into: Order) -> Callable[[Order], Story]:
    """The same person asked twice."""

    def story(order: Order) -> Story:
        order.opens()
        yield order.work(5, 30)
        merging.merge([order.ticket], into.ticket, by=order.agents[0], at=order.now)

    return story


def following(old: Order) -> Callable[[Order], Story]:
    """An answer long after the end: a new order that refers to the old one."""

    def story(order: Order) -> Story:
        me = old.ticket.participants.get(role=Participant.Role.REQUESTER)
        said = replace(order.client_text(texts.STILL_NOT), participant=me)
        order.ticket = clients.answer(old.ticket, said, at=order.now)
        yield from ()

    return story
