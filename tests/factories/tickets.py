"""Departments, topics and service orders."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission
from django.utils import timezone

from portal.accounts.models import User
from portal.files.services import store
from portal.provider.models import ContactDesk
from tests.factories.numbers import next_number
from tests.factories.people import make_user
from tickets.models import Department, Entry, Member, SlaTarget, Ticket, Topic
from tickets.models.departments import Priority
from tickets.services.opening import NewTicket, Person, open_ticket
from tickets.services.thread import NewFile, Said


def make_department(name: str = "Atendimento", **values: Any) -> Department:
    """A department with the promises of 1 h and 8 h for each priority; the same name, the same one."""
    desk, _ = ContactDesk.objects.get_or_create(
        name=name, topic=None, defaults={"email": f"os{next_number()}@exemplo.com.br"}
    )
    department, is_new = Department.objects.get_or_create(desk=desk, defaults=values)
    if is_new:
        SlaTarget.objects.bulk_create(
            SlaTarget(
                department=department, priority=priority, first_minutes=60, resolve_minutes=480
            )
            for priority in Priority
        )
    return department


def make_agent(*departments: Department, name: str = "Tadeu Atendente", **values: Any) -> User:
    """An agent of these departments, who may read and act."""
    agent = make_user(name, group="Atendimento", **values)
    agent.user_permissions.add(
        *Permission.objects.filter(
            content_type__app_label="tickets", codename__in=["view_ticket", "change_ticket"]
        )
    )
    for department in departments:
        Member.objects.create(department=department, user=agent)
    return agent


def make_topic(department: Department | None = None, **values: Any) -> Topic:
    values.setdefault("name", f"IPVA - 1° Emplacamento {next_number()}")
    return Topic.objects.create(department=department or make_department(), **values)


def said(text: str = "Solicito o lançamento do IPVA.", **values: Any) -> Said:
    """What a client says, once; ``kind`` and others change it."""
    defaults: dict[str, Any] = {
        "kind": Entry.Kind.CLIENT, "author": "Eliane Exemplo", "source": Ticket.Source.WEB,
        "key": f"test:{uuid4()}",
    }  # fmt: skip
    return Said(text=text, **{**defaults, **values})


def make_file(name: str, content: bytes = b"nota fiscal", **values: Any) -> NewFile:
    """A file in the store, for ``said(files=[…])``. Outside of transactions that are durable."""
    stored = store(content, prefix="tickets", name=name)
    return NewFile(
        key=stored.key, name=name, content_type=stored.content_type, size=stored.size,
        sha256=stored.sha256, **values,
    )  # fmt: skip


def make_ticket(
    *, department: Department | None = None, at: datetime | None = None, text: str = "",
    email: str = "eliane@exemplo.com.br", name: str = "Eliane Exemplo", user: Any = None, **values: Any,
) -> Ticket:  # fmt: skip
    """An order from the web, opened as the portal opens it: with mail, events and clock."""
    topic = values.pop("topic", None)
    new = NewTicket(
        source=values.pop("source", Ticket.Source.WEB),
        department=department or (topic.department if topic else make_department()),
        topic=topic,
        subject=values.pop("subject", "IPVA - 1° Emplacamento"),
        person=Person(name=name, email=email, phone="(69) 3321-0000", user=user),
        said=values.pop("said", None) or said(**({"text": text} if text else {})),
        **values,
    )
    return open_ticket(new, at=at or timezone.now())
