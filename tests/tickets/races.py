"""What the desk of service orders does once, however often it is sent at the same moment."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from portal.transitions import IllegalTransition
from tests.factories import Cast
from tests.factories.tickets import make_agent, make_department, make_ticket, said
from tests.racing import Race, Work
from tickets.models import AgentSettings, Entry, Member, Ticket
from tickets.services import (
    acts,
    canned,
    clients,
    exits,
    life,
    notices,
    opening,
    retention,
    saved_queues,
    silence,
)
from tickets.services.opening import NewTicket, Person
from tickets.services.thread import AlreadySaid

_S = "tickets.services"
ALWAYS: list[list[list[str]]] = [[["00:00", "24:00"]]] * 7


def _new(source: Ticket.Source) -> NewTicket:
    return NewTicket(
        source=source, department=make_department(), subject="IPVA",
        person=Person(name="Eva", email="eva@exemplo.com.br"), said=said(key=f"form:{uuid4()}"),
        copies=[("Ivo", "ivo@exemplo.com.br")],
    )  # fmt: skip


def _open(cast: Cast) -> Work:
    new, at = _new(Ticket.Source.WEB), timezone.now()
    Member.objects.create(department=new.department, user=cast.atendente)
    AgentSettings.objects.create(user=cast.atendente, on_new=AgentSettings.Notice.NOW)
    return lambda: opening.open_ticket(new, at=at)


def _stranger(_cast: Cast) -> Work:
    new, at = _new(Ticket.Source.WEB), timezone.now()
    return lambda: opening.open_unconfirmed(new, at=at)


def _answer(cast: Cast) -> Work:
    pk, at = make_ticket().pk, timezone.now()
    words = said("Feito.", kind=Entry.Kind.AGENT, user=cast.atendente)
    return lambda: life.agent_answers(
        Ticket.objects.get(pk=pk), words, to=Ticket.Status.RESOLVED, at=at
    )


def _resolved(cast: Cast, days: int) -> Ticket:
    at = timezone.now() - timedelta(days=days)
    ticket = make_ticket(department=make_department("Plantão", hours=ALWAYS), at=at)
    words = said("Feito.", kind=Entry.Kind.AGENT, user=cast.atendente)
    life.agent_answers(ticket, words, to=Ticket.Status.RESOLVED, at=at)
    return ticket


def _rate(cast: Cast) -> Work:
    pk, at = _resolved(cast, 1).pk, timezone.now()
    return lambda: clients.rate(Ticket.objects.get(pk=pk), 5, "", by=None, at=at)


def _notice(cast: Cast) -> Work:
    _resolved(cast, 6)
    at = timezone.now()
    return lambda: silence.give_notices(at=at)


def _closing(cast: Cast) -> Work:
    pk, at = _resolved(cast, 8).pk, timezone.now()
    return lambda: life.close(Ticket.objects.get(pk=pk), by=None, reason="Silêncio", at=at)


def _release(cast: Cast) -> Work:
    at, ticket = timezone.now(), make_ticket()
    for user in (cast.atendente, cast.agente):
        Member.objects.create(department=ticket.department, user=user)
    acts.assign(ticket, cast.atendente, by=cast.admin, at=at)
    cast.atendente.is_active = False
    cast.atendente.save()
    return lambda: exits.release_of_gone(at=at)


def _remove(cast: Cast) -> Work:
    at = timezone.now()
    ticket = make_ticket(department=make_department(retention_months=1), at=at - timedelta(days=90))
    life.close(ticket, by=cast.atendente, reason="Feito", at=at - timedelta(days=80))
    return lambda: retention.remove_old(at=at)


def _saved_queue(_cast: Cast) -> Work:
    agent = make_agent(make_department())
    return lambda: saved_queues.save(agent, name="Urgentes", query="queue=answer", department=None)


def _canned_reply(_cast: Cast) -> Work:
    values = {"title": "Falta", "html": "<p>x</p>", "user": make_agent(), "department": None}
    return lambda: canned.save(None, values)


def _settings(_cast: Cast) -> Work:
    agent = make_agent()
    return lambda: notices.choose(agent, {"on_new": AgentSettings.Notice.DAILY})


RACES = [
    Race(name="open-order", prepare=_open, told=(AlreadySaid,),
         services={f"{_S}.opening._create", f"{_S}.opening.add_copies", f"{_S}.thread.add_entry",
                   f"{_S}.numbers.take_number", f"{_S}.telling._mail", f"{_S}.telling._mail_agent"},
         leaves={"tickets.Ticket": 1, "tickets.Entry": 1, "tickets.Participant": 2,
                 "outbox.Entry": 2}),
    Race(name="unconfirmed-order", prepare=_stranger, told=(AlreadySaid,),
         services={f"{_S}.telling.confirmation"},
         leaves={"tickets.Ticket": 1, "outbox.Entry": 1}),
    Race(name="answer-order", prepare=_answer, told=(AlreadySaid,), services=set(),
         leaves={"tickets.Entry": 1, "outbox.Entry": 1}),
    Race(name="rate-order", prepare=_rate, services={f"{_S}.clients.rate"},
         leaves={"tickets.Event": 2}),
    Race(name="closing-notice", prepare=_notice, services=set(), leaves={"outbox.Entry": 1}),
    Race(name="close-order", prepare=_closing, told=(IllegalTransition,), services=set(),
         leaves={"tickets.Event": 1, "outbox.Entry": 1}),
    Race(name="release-orders", prepare=_release,
         services={f"{_S}.exits._release", f"{_S}.telling._mail_department"},
         leaves={"tickets.Event": 1, "outbox.Entry": 1}),
    Race(name="remove-orders", prepare=_remove, services={f"{_S}.retention._remove"},
         leaves={"tickets.RemovedTicket": 1, "audit.AuditEvent": 1}),
    Race(name="save-queue", prepare=_saved_queue, told=(saved_queues.NameTaken,),
         services={f"{_S}.saved_queues.save"}, leaves={"tickets.SavedQueue": 1}),
    Race(name="write-canned-answer", prepare=_canned_reply, told=(canned.TitleTaken,),
         services={f"{_S}.canned.save"}, leaves={"tickets.CannedReply": 1}),
    Race(name="choose-notices", prepare=_settings,
         services={f"{_S}.notices.choose"}, leaves={"tickets.AgentSettings": 1}),
]  # fmt: skip
EXCEPTIONS = {
    "a line of the timeline, not an object: what it tells of is done once by a conditional change": {
        f"{_S}.acts._event", f"{_S}.clients.add_copy", f"{_S}.clients.remove_copy",
    },
    "the order into which is merged is changed in the same transaction; people are unique in it": {
        f"{_S}.acts._bring_people",
    },
    "a mail is known by its box and number, and taken once: tests/tickets/test_incoming.py": {
        f"{_S}.incoming.keep", f"{_S}.incoming._take_bounce", f"{_S}.incoming.try_again",
    },
    "one mail to an agent and day, by its key: tests/tickets/test_notices.py": {
        f"{_S}.notices._send_day",
    },
    "dues reckoned twice are the same": {f"{_S}.sla.reckon_later"},
    "each request has a job and an answer of its own; how many is limited": {
        f"{_S}.status.ask_for_link",
    },
}  # fmt: skip
