"""What agents do with an order beside answering: assign, transfer, priority, fields, people, what
was held.

Each act waits for who changes the order at this moment. ``shown`` is what the agent had before
them: where it is true no more, the act is refused with what is true now.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.files.services import delete_later
from portal.transitions import advance
from tickets.models import Attachment, Department, Entry, Event, Participant, Ticket
from tickets.models.tickets import may_see_all
from tickets.services import life, sla, telling
from tickets.services.answers import NotPossible, lock
from tickets.services.thread import index

Status = Ticket.Status
ANY = "any"  # where the agent had nothing before them


@transaction.atomic
def assign(
    ticket: Ticket, to: User | None, *, by: User, at: datetime, shown: int | str | None = ANY
) -> None:
    """Give it to an agent, or back to the queue (None). A new one is open from then on.

    ``shown``: key of whom it was assigned to. Raises NotPossible.
    """
    lock(ticket)
    if to is not None and not may_be_assigned(to, ticket.department):
        raise NotPossible(_("%(person)s is no agent of this department.") % {"person": to})
    if ticket.assigned_to_id == (to.pk if to else None):
        return
    if shown not in (ANY, ticket.assigned_to_id):
        holder = ticket.assigned_to or _("nobody")
        raise NotPossible(
            _("Somebody was faster: it is assigned to %(holder)s.") % {"holder": holder}
        )
    if ticket.status in (Status.CLOSED, Status.SPAM, Status.UNCONFIRMED):
        raise NotPossible(_("This order is finished: open it again first."))
    ticket.assigned_to = to
    ticket.save(update_fields=["assigned_to"])
    _event(ticket, Event.Kind.ASSIGNED, by, at, str(to) if to else _("back to the queue"))
    if to is not None and ticket.status == Status.NEW:
        advance(ticket, to=Status.OPEN, by=by, at=at)
    telling.assigned(ticket, by=by, at=at)


def may_be_assigned(user: User, department: Department) -> bool:
    """Whether this is active staff who belong to the department, or work for all."""
    if not (user.is_active and user.is_staff):
        return False
    return may_see_all(user) or department.members.filter(pk=user.pk).exists()


@transaction.atomic
def transfer(
    ticket: Ticket, to: Department, *, by: User | None, at: datetime, note: str = "",
    is_told: bool = True, shown: int | str | None = ANY,
) -> None:  # fmt: skip
    """Hand it to another department: to its queue, by its hours and promises. ``is_told``: its
    agents are told of this order. ``shown``: key of the department in which it was. NotPossible.
    """
    lock(ticket)
    if not to.is_active:
        raise NotPossible(_("This department was closed."))
    if to == ticket.department:
        return
    before = ticket.department
    if shown not in (ANY, before.pk):
        raise NotPossible(
            _("Somebody was faster: it is with %(department)s now.") % {"department": before}
        )
    # Its working seconds are those of the hours in which they passed.
    sla.pause(ticket, at=at)
    ticket.department, ticket.assigned_to = to, None
    ticket.save(update_fields=["department", "assigned_to"])
    if life.is_running(ticket):
        sla.resume(ticket, at=at)
    _event(ticket, Event.Kind.TRANSFERRED, by, at, f"{before} → {to}. {note}".strip())
    if is_told:
        telling.new_to_agents(ticket)


@transaction.atomic
def set_priority(
    ticket: Ticket, priority: str, *, by: User, at: datetime, shown: str = ANY
) -> None:
    """Its promises are reckoned anew, with what the clock has run. NotPossible."""
    lock(ticket)
    if priority == ticket.priority:
        return
    if shown not in (ANY, ticket.priority):
        now = ticket.get_priority_display()
        raise NotPossible(_("Somebody was faster: its priority is “%(now)s” now.") % {"now": now})
    ticket.priority = priority
    ticket.save(update_fields=["priority"])
    sla.recompute([ticket], at=at)
    _event(ticket, Event.Kind.PRIORITY, by, at, ticket.get_priority_display())


@transaction.atomic
def set_fields(
    ticket: Ticket, values: Mapping[str, Any], *, subject: str, by: User, at: datetime,
    shown: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Correct the subject and the topic's fields. Values of fields that the topic no longer has stay.

    ``shown``: values and subject as they were before. Raises NotPossible.
    """
    lock(ticket)
    if shown is not None and shown != {**ticket.values, "subject": ticket.subject}:
        raise NotPossible(_("Somebody corrected it meanwhile: look at it again."))
    changed = sorted(n for n in {*values, *ticket.values} if values.get(n) != ticket.values.get(n))
    if subject != ticket.subject:
        changed.insert(0, _("subject"))
    if not changed:
        return
    ticket.values, ticket.subject = dict(values), subject
    ticket.save(update_fields=["values", "subject"])
    for entry in ticket.entries.all():
        index(entry, ticket)
    _event(ticket, Event.Kind.FIELDS, by, at, ", ".join(changed))


@transaction.atomic
def set_email(ticket: Ticket, person: Participant, email: str, *, by: User, at: datetime) -> None:
    """Give who takes part another address: what was sent to the old one opens nothing any more.

    The receipt and our last answer are mailed to the new one. Raises NotPossible.
    """
    lock(ticket)
    if not Participant.objects.filter(pk=person.pk, left_at=None).update(
        left_at=at, token_digest=""
    ):
        raise NotPossible(_("This person takes part no more."))
    same = ticket.participants.filter(email=email).first()
    if same and same.left_at is None:
        raise NotPossible(_("Somebody with this address takes part already."))
    if same:  # it left before, and comes back
        again = {"left_at": None, "bounced_at": None, "role": person.role, "name": person.name}
        ticket.participants.filter(pk=same.pk).update(**again)
    else:
        Participant.objects.create(
            ticket=ticket, email=email, name=person.name, user=person.user, role=person.role,
            added_at=at,
        )  # fmt: skip
    if person.role == Participant.Role.REQUESTER:
        ticket.email = email
    ticket.bounced = ticket.participants.in_force().exclude(bounced_at=None).exists()
    ticket.save(update_fields=["email", "bounced"])
    _event(ticket, Event.Kind.PARTICIPANT, by, at, f"{person.email or '–'} → {email}")
    if person.role == Participant.Role.REQUESTER:
        telling.receipt(ticket, at=at)
    if last := ticket.entries.filter(kind=Entry.Kind.AGENT).order_by("-at", "-pk").first():
        telling.answer(last, at=at)


@transaction.atomic
def take_in(entry: Entry, *, by: User, at: datetime) -> None:
    """An answer that was held is the person's: from now on it counts as any other. NotPossible."""
    ticket = entry.ticket
    lock(ticket)
    if not Entry.objects.filter(pk=entry.pk, held=True).update(held=False, sender_trusted=True):
        raise NotPossible(_("Somebody has decided about this answer already."))
    entry.held = False
    index(entry, ticket)
    Ticket.objects.filter(pk=ticket.pk).update(
        last_client_at=Greatest(Coalesce(F("last_client_at"), entry.at), entry.at),
        last_activity=at, needs_answer=True, close_notice_at=None, entry_count=F("entry_count") + 1,
    )  # fmt: skip
    if ticket.status in (Status.OPEN, Status.WAITING_CLIENT, Status.RESOLVED) or (
        ticket.status == Status.CLOSED and life.may_reopen(ticket, at=at)
    ):
        advance(ticket, to=Status.WAITING_AGENT, by=by, at=at, resolved_at=None, closed_at=None)
        sla.resume(ticket, at=at)
    _event(ticket, Event.Kind.HELD, by, at, _("taken in"))


@transaction.atomic
def discard(entry: Entry, *, by: User, at: datetime) -> None:
    """An answer that was held is somebody else's: it is deleted, and the timeline says so.
    NotPossible."""
    ticket = entry.ticket
    keys = set(entry.attachments.values_list("file_key", flat=True))
    author = entry.author
    if not Entry.objects.filter(pk=entry.pk, held=True).delete()[0]:
        raise NotPossible(_("Somebody has decided about this answer already."))
    # The same bytes in one order are stored once.
    for key in keys - set(
        Attachment.objects.filter(file_key__in=keys).values_list("file_key", flat=True)
    ):
        delete_later(key)
    _event(ticket, Event.Kind.HELD, by, at, _("discarded: %(author)s") % {"author": author})


def _event(ticket: Ticket, kind: Event.Kind, by: User | None, at: datetime, note: str = "") -> None:
    Event.objects.create(ticket=ticket, kind=kind, user=by, at=at, note=note[:500])
