"""Erasure of a person (LGPD): orders and their figures stay, without who it was.

In orders that were the person's alone, what the person wrote goes, with its files and mails. Where
an order was opened for a company it is the company's: what was written stays, without the name.
"""

from collections.abc import Sequence

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.accounts.services.mentions import nobody
from portal.files.services import delete_later
from tickets.models import (
    AgentSettings,
    Attachment,
    CannedReply,
    ClosedDay,
    Department,
    Draft,
    Entry,
    Event,
    IncomingMail,
    Participant,
    SavedQueue,
    Ticket,
)
from tickets.services.thread import index

# What anybody typed or wrote.
TYPED: dict[type[Model], tuple[str, ...]] = {
    Ticket: ("subject", "values", "name", "phone", "close_reason", "rating_comment"),
    Participant: ("name",),
    Entry: ("author", "text", "html"),
    Event: ("note",),
    Attachment: ("name",),
    Draft: ("html",),
    CannedReply: ("title", "html"),
    SavedQueue: ("name", "query"),
    AgentSettings: ("signature",),
    Department: ("signature",),
    ClosedDay: ("name",),
    IncomingMail: ("sender", "subject", "error"),
}


def forget_person(user: User) -> None:
    """Take the person out of the orders; see above."""
    mine = Participant.objects.of_user(user)
    asked = mine.filter(role=Participant.Role.REQUESTER).order_by().values("ticket")
    tickets = Ticket.objects.filter(Q(pk__in=asked) | _by_address(user))
    said = Entry.objects.filter(participant__in=mine)
    touched = set(mine.values_list("ticket", flat=True)) | set(tickets.values_list("pk", flat=True))
    _forget_texts(said.filter(ticket__in=tickets.filter(company=None, unit=None)))
    _forget_mails(IncomingMail.objects.filter(entry__in=said))
    own = {"subject": _("Service order"), "values": {}, "rating_comment": ""}
    tickets.filter(company=None, unit=None).update(**own)
    name = nobody()
    tickets.update(name=name, email="", phone="", phone_extension="")
    Entry.objects.filter(Q(user=user) | Q(participant__in=mine)).update(author=name)
    Draft.objects.filter(user=user).delete()
    SavedQueue.objects.filter(user=user).delete()
    AgentSettings.objects.filter(user=user).delete()
    people = Participant.objects.filter(pk__in=list(mine.values_list("pk", flat=True)))
    people.filter(left_at=None).update(left_at=timezone.now())
    people.update(email="", name=name, user=None, token_digest="")
    index_again(list(touched))


def _by_address(user: User) -> Q:
    """Orders under the person's address, if it is proven to be theirs."""
    return Q(email=user.email.lower()) if user.email and user.email_proof else Q(pk__in=[])


def _forget_texts(said: QuerySet[Entry]) -> None:
    files = Attachment.objects.filter(entry__in=said)
    keys = set(files.values_list("file_key", flat=True))
    files.delete()
    shared = Attachment.objects.filter(file_key__in=keys).values_list("file_key", flat=True)
    delete_later(*(keys - set(shared)))
    said.update(text=_("The text was erased."), html="", quoted_from=None)


def _forget_mails(mails: QuerySet[IncomingMail]) -> None:
    """The bytes as they came, whoever the order belongs to: they name the sender in many places."""
    found = dict(mails.values_list("pk", "file_key"))
    delete_later(*found.values())
    IncomingMail.objects.filter(pk__in=found).update(file_key="", sender="", subject="")


def index_again(tickets: Sequence[int]) -> None:
    """The entries of these orders are found by the words that now stand there, and by no others."""
    _index(Entry.objects.filter(ticket__in=tickets))


def index_entries_again(entries: Sequence[int]) -> None:
    """The same for single entries."""
    _index(Entry.objects.filter(pk__in=entries))


def _index(entries: QuerySet[Entry]) -> None:
    for entry in entries.filter(words__isnull=False).select_related("ticket").iterator(500):
        index(entry, entry.ticket)


# What is done about rows out of which a person was taken.
RETYPED = {Entry: index_entries_again, Ticket: index_again}
