"""What is typed to find orders: in the box over all desks, in a client's list, in the agents' queues.

A number is looked up, an e-mail, plate, RENAVAM, CPF or CNPJ is found as it is, and anything else is
words of what was said: of the newest entries first, and of no more than ``MOST``.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from portal.search.models import NEWEST
from portal.taxid import normalise, validate_tax_id
from tickets.models import EntryText, Participant
from tickets.models.tickets import TicketQuerySet
from tickets.services import numbers, vehicles

MOST = 1000  # entries that are looked at
NEWEST_ORDER = ("-created_at", "-pk")


def found_in(tickets: TicketQuerySet, text: str, *, for_staff: bool) -> TicketQuerySet:
    """Those of ``tickets`` that the text means. Without ``for_staff`` notes are not searched.

    Digits that are no order's number may still be words of what was said.
    """
    if (number := numbers.typed(text)) and (found := number.among(tickets)).exists():
        return found
    if _is_email(text):
        return tickets.filter(pk__in=_with_email(text))
    return tickets.filter(pk__in=_keys_by_words(tickets, text, for_staff=for_staff))


def first_of(tickets: TicketQuerySet, text: str, limit: int, *, for_staff: bool) -> list[Any]:
    """The first of them: of a number or an address the newest order, else the newest entry first."""
    number = numbers.typed(text)
    if number and (found := [*number.among(tickets).order_by(*NEWEST_ORDER)[:limit]]):
        return found
    if _is_email(text):
        return [*tickets.filter(pk__in=_with_email(text)).order_by(*NEWEST_ORDER)[:limit]]
    keys = _keys_by_words(tickets, text, for_staff=for_staff)[:limit]
    by_key = tickets.in_bulk(keys)
    return [by_key[key] for key in keys]


def _is_email(text: str) -> bool:
    return "@" in text and " " not in text.strip()


def _with_email(text: str) -> Any:
    """Keys of the orders in which this address takes part."""
    return Participant.objects.filter(email=text.strip().lower()).values("ticket")


def _keys_by_words(tickets: TicketQuerySet, text: str, *, for_staff: bool) -> list[int]:
    """Keys of orders, each once, by their newest entry that has the words."""
    found = EntryText.objects.filter(_words_of(text)).order_by(*NEWEST)
    if not for_staff:  # of few orders
        return _keys(found.filter(is_note=False, ticket__in=tickets.order_by()))
    # Staff see so many that the newest texts of all come first, and are narrowed down then; asked
    # for at once, the database would read the order of every text that has the words: line 18.
    newest = _keys(found)
    seen = set(tickets.order_by().filter(pk__in=newest).values_list("pk", flat=True))
    if seen or not newest:
        return [key for key in newest if key in seen]
    return _keys(found.filter(ticket__in=tickets.order_by()))


def _keys(found: QuerySet[EntryText]) -> list[int]:
    return [*dict.fromkeys(found.values_list("ticket_id", flat=True)[:MOST])]


def _words_of(text: str) -> Q:
    words = Q(body__found=text)
    if mark := _mark(text):
        # Of the last word the beginning is enough: named twice, all of it is asked for.
        return words | Q(body__found=f"{mark} {mark}")
    return words


def _mark(text: str) -> str:
    """What is typed as one of these, without its marks: ``services.thread`` keeps it so."""
    found = vehicles.plate(text) or vehicles.renavam(text) or _tax_id(text)
    return compact(found) if found else ""


def _tax_id(text: str) -> str:
    try:
        validate_tax_id(normalise(text))
    except ValidationError:
        return ""
    return normalise(text)


def compact(text: str) -> str:
    """Letters and digits alone: ``ABC-1234`` is ``ABC1234``."""
    return "".join(c for c in text if c.isalnum())
