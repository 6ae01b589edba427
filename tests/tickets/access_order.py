"""Who may use the addresses of one order on the agents' side, and of the phone; see ``access``."""

from typing import Any

from django.utils import timezone

from tests.factories import Cast
from tests.factories.tickets import make_ticket, said
from tickets.services import life

SEE = {"tickets:desk_ticket", "tickets:desk_presence"}
WRITE = {"tickets:desk_reply", "tickets:desk_note", "tickets:desk_draft"}
CHANGE = {
    "tickets:desk_assign", "tickets:desk_transfer", "tickets:desk_priority", "tickets:desk_fields",
    "tickets:desk_close", "tickets:desk_reopen", "tickets:desk_spam", "tickets:desk_not_spam",
    "tickets:desk_merge", "tickets:desk_people",
}  # fmt: skip
HELD = {"tickets:desk_accept", "tickets:desk_discard"}
PERSON = {"tickets:desk_people_remove", "tickets:desk_email"}
PHONE = {"tickets:desk_new", "tickets:desk_registered"}
STAFF = {
    **dict.fromkeys(SEE, "tickets.view_ticket"),
    **dict.fromkeys(WRITE | CHANGE | HELD | PERSON | PHONE, "tickets.change_ticket"),
}


def arguments(_cast: Cast) -> dict[str, dict[str, Any]]:
    ticket = make_ticket(email="outra@exemplo.com.br", copies=[("", "colega@exemplo.com.br")])
    held = life.client_says(ticket, said("Alheia.", held=True), at=timezone.now())
    number = {"number": ticket.number}
    person = ticket.participants.get(email="colega@exemplo.com.br")
    return {
        **dict.fromkeys(SEE | WRITE | CHANGE, number),
        **{name: {**number, "pk": held.pk} for name in HELD},
        **{name: {**number, "pk": person.pk} for name in PERSON},
    }
