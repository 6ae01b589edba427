"""For "my data": the orders in which a person takes part, and what the person said in them."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from portal.accounts.labels import instant
from portal.accounts.models import User
from portal.accounts.personal_data import Row, Rows
from tickets.models import Draft, Entry, Participant, SavedQueue, Ticket
from tickets.services import notices
from tickets.services.clients import shown_fields


def personal_orders(user: User) -> dict[str, Any]:
    """What is kept of the person here, also of an address that is proven to be theirs."""
    mine = Participant.objects.of_user(user).order_by()
    orders = Ticket.objects.filter(pk__in=mine.values("ticket")).select_related(
        "department__desk", "topic"
    )
    said = Entry.objects.filter(Q(user=user) | Q(participant__in=mine)).select_related("ticket")
    found: dict[str, Any] = {
        _("My service orders"): Rows(orders.order_by("-pk"), _order),
        _("What I wrote in service orders"): Rows(
            said.prefetch_related("attachments").order_by("-pk"), _entry
        ),
    }
    if user.is_staff:
        found[_("Answers that I began to write")] = Rows(
            Draft.objects.filter(user=user).select_related("ticket").order_by("-pk"), _draft
        )
        found[_("Queues that I saved")] = _queues(user)
        found[_("My signature")] = notices.settings_of(user).signature
    return found


def _order(ticket: Ticket) -> list[Row]:
    fields = "; ".join(f"{label}: {value}" for label, value in shown_fields(ticket))
    return [
        {
            _("Number"): ticket.number,
            _("Created on"): instant(ticket.created_at),
            _("Subject"): ticket.subject,
            _("Department"): str(ticket.department),
            _("Status"): str(ticket.client_status.label),
            _("Name"): ticket.name,
            _("E-mail"): ticket.email,
            _("Phone"): f"{ticket.phone} {ticket.phone_extension}".strip(),
            _("Fields"): fields,
            _("Rating"): str(ticket.rating or ""),
            _("Comment"): ticket.rating_comment,
        }
    ]


def _entry(entry: Entry) -> list[Row]:
    return [
        {
            _("Number"): entry.ticket.number,
            _("When"): instant(entry.at),
            _("Kind"): entry.get_kind_display(),
            _("Text"): entry.text,
            _("Files"): ", ".join(file.name for file in entry.attachments.all()),
        }
    ]


def _draft(draft: Draft) -> list[Row]:
    return [
        {
            _("Number"): draft.ticket.number,
            _("When"): instant(draft.saved_at),
            _("Text"): draft.html,
        }
    ]


def _queues(user: User) -> list[Row]:
    saved = SavedQueue.objects.filter(user=user).order_by("pk")
    return [{_("Name"): queue.name, _("Filters"): queue.query} for queue in saved]
