"""“Verificar Status da O.S.”: a link to the order goes to the e-mail, if it takes part in it."""

import uuid
from datetime import datetime

from portal.accounts.services.guests import mail_link
from portal.outbox.services import enqueue_job
from tickets.models import Participant, Ticket
from tickets.services.numbers import Number


def ask_for_link(email: str, number: Number) -> None:
    """Does the same for hit and miss: the job looks, out of the stranger's sight."""
    enqueue_job(
        "tickets.send_status_link", key=f"ticket-status:{uuid.uuid4()}", email=email,
        number=number.number, counter=number.counter,
    )  # fmt: skip


def send_link(email: str, number: Number, *, at: datetime) -> bool:
    """Mail a link that opens once; False where this address has no part in such an order."""
    mine = Participant.objects.in_force().filter(email=email)
    tickets = Ticket.objects.filter(pk__in=mine.values("ticket")).for_clients()
    ticket = number.find_in(tickets)
    if ticket is None:
        return False
    person = mine.filter(ticket=ticket).get()
    mail_link(ticket, email=email, name=person.name, title=f"O.S. {ticket.number}", by=None, at=at)
    return True
