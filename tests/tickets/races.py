"""What the desk of service orders does once, however often it is sent at the same moment."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from portal.accounts.models import User
from portal.transitions import IllegalTransition
from tests.factories import Cast
from tests.factories.tickets import make_agent, make_department, make_ticket, said
from tests.racing import Race, Work
from tickets.models import AgentSettings, Department, Entry, Member, Participant, Ticket
from tickets.services import (
    acts,
    answers,
    canned,
    clients,
    drafts,
    exits,
    life,
    merging,
    notices,
    opening,
    retention,
    saved_queues,
    silence,
)
from tickets.services.answers import CameMeanwhile, NotPossible
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


def _draft(cast: Cast) -> Work:
    ticket = make_ticket()
    typed = drafts.Typed(message="Pedimos a nota.", html="", seen=ticket.entries.get().pk)
    return lambda: drafts.save(ticket, cast.atendente, typed, at=timezone.now())


def _agents(department: Department) -> Iterator[User]:
    """One after the other, made beforehand."""
    return iter([make_agent(department, name=f"Atendente {n}") for n in range(9)])


def _two_agents_answer(_cast: Cast) -> Work:
    ticket = make_ticket()
    agents, seen = _agents(ticket.department), ticket.entries.get().pk

    def answer() -> Entry:
        agent = next(agents)
        words = said("Pedimos a nota.", kind=Entry.Kind.AGENT, user=agent, author=agent.name)
        return answers.answer(
            Ticket.objects.get(pk=ticket.pk), words, by=agent, to=Ticket.Status.WAITING_CLIENT,
            seen=seen, at=timezone.now(),
        )  # fmt: skip

    return answer


def _two_agents_take(_cast: Cast) -> Work:
    ticket = make_ticket()
    agents = _agents(ticket.department)

    def take() -> None:
        agent = next(agents)
        acts.assign(
            Ticket.objects.get(pk=ticket.pk), agent, by=agent, at=timezone.now(), shown=None
        )

    return take


def _take_in(cast: Cast) -> Work:
    held = life.client_says(make_ticket(), said("Segue.", held=True), at=timezone.now())
    return lambda: acts.take_in(
        Entry.objects.select_related("ticket").get(pk=held.pk), by=cast.atendente, at=timezone.now()
    )


def _merge(cast: Cast) -> Work:
    into, other = make_ticket(), make_ticket(email="bia@exemplo.com.br")
    return lambda: merging.merge(
        [Ticket.objects.get(pk=other.pk)], Ticket.objects.get(pk=into.pk), by=cast.atendente,
        at=timezone.now(),
    )  # fmt: skip


def _email(cast: Cast) -> Work:
    person = make_ticket().participants.get()
    return lambda: acts.set_email(
        Ticket.objects.get(pk=person.ticket_id), Participant.objects.get(pk=person.pk),
        "certo@exemplo.com.br", by=cast.atendente, at=timezone.now(),
    )  # fmt: skip


RACES = [
    Race(name="keep-draft", prepare=_draft, services={f"{_S}.drafts.save"},
         leaves={"tickets.Draft": 1}),
    Race(name="two-agents-answer", prepare=_two_agents_answer, services=set(),
         leaves={"tickets.Entry": 1, "outbox.Entry": 1}, told=(CameMeanwhile,)),
    Race(name="two-agents-take", prepare=_two_agents_take, services=set(),
         leaves={"tickets.Event": 2}, told=(NotPossible,)),
    Race(name="take-in-held", prepare=_take_in, services=set(), leaves={"tickets.Event": 1},
         told=(NotPossible,)),
    Race(name="merge-orders", prepare=_merge,
         services={f"{_S}.merging.merge", f"{_S}.merging._same_person"},
         leaves={"tickets.Event": 2, "tickets.Participant": 1}, told=(NotPossible,)),
    Race(name="change-address", prepare=_email, services={f"{_S}.acts.set_email"},
         leaves={"tickets.Event": 1, "tickets.Participant": 1, "outbox.Entry": 1},
         told=(NotPossible,)),
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
    "a mail is known by its box and number, and taken once: tests/tickets/test_incoming.py": {
        f"{_S}.incoming.keep", f"{_S}.incoming._take_bounce", f"{_S}.incoming._enqueue",
        f"{_S}.incoming._take_answer", f"{_S}.incoming.wake_forgotten",
    },
    "told once by a conditional change: tests/tickets/test_mailboxes.py": {
        f"{_S}.mailboxes._alert",
    },
    "a test of a mailbox changes nothing but what it says": {f"{_S}.mailboxes.ask_for_test"},
    "rows of a proof, rolled back: tests/tickets/test_mail_commands.py": {
        f"{_S}.proof._department", f"{_S}.proof._row",
    },
    "one mail to an agent and day, by its key: tests/tickets/test_notices.py": {
        f"{_S}.notices._send_day",
    },
    "one job for all that is merged into an order at a time, by its key: tests/tickets/test_merging.py": {
        f"{_S}.telling.merged_soon",
    },
    "dues reckoned twice are the same": {f"{_S}.sla.reckon_later"},
    "each request has a job and an answer of its own; how many is limited": {
        f"{_S}.status.ask_for_link",
    },
}  # fmt: skip
