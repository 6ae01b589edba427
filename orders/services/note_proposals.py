"""To which order a note belongs: by the number that it names, else by its taker and amount."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from orders.models import FiscalNote, NoteRow, Order
from orders.services.notes import orders_of_payer, why_not
from portal.money import format_brl
from portal.provider.services import provider_row

Outcome = NoteRow.Outcome


@dataclass(frozen=True)
class Proposal:
    """What would come of a note. ``remark``: what staff should know, in a sentence or two."""

    outcome: NoteRow.Outcome
    order: Order | None = None
    remark: str = ""


def propose(
    values: dict[str, Any], named: list[int], rps_number: str, *, taken: Set[int]
) -> Proposal:
    """The order of a note. Raises ValidationError when its taker is not the payer of the order
    that it names. ``taken``: keys of orders that other notes of the batch have."""
    taker = str(values["taker_tax_id"])
    remarks = [*_about_the_issuer(values)]
    orders = list(Order.objects.filter(number__in=named).select_related("payer"))
    if len(orders) == 1:
        order = orders[0]
        if obstacle := why_not(order, taker):
            raise ValidationError(obstacle, code="taker")
        return _with_amount(order, values, remarks, Outcome.TIED)
    if len(orders) > 1:
        numbers = ", ".join(str(order.number) for order in orders)
        remarks.append(_("It names more than one order: %(numbers)s.") % {"numbers": numbers})
        return Proposal(Outcome.LOOSE, None, " ".join(remarks))
    theirs = orders_of_payer(taker)
    by_rps = [order for order in theirs if str(order.number) == rps_number.lstrip("0")]
    if by_rps:
        return _with_amount(by_rps[0], values, remarks, Outcome.TIED)
    return _by_amount([order for order in theirs if order.pk not in taken], values, remarks)


def _with_amount(
    order: Order, values: dict[str, Any], remarks: list[str], outcome: NoteRow.Outcome
) -> Proposal:
    """An order that the note names; with another amount staff decide."""
    if values["service_cents"] != order.price_cents:
        outcome = Outcome.PROPOSED
        remarks.append(
            _("Its amount is not that of the order, %(price)s.")
            % {"price": format_brl(order.price_cents)}
        )
    return Proposal(outcome, order, " ".join(remarks))


def _by_amount(theirs: list[Order], values: dict[str, Any], remarks: list[str]) -> Proposal:
    """Of the payer's orders the one of this amount that is not cancelled and has no note yet."""
    ended = (Order.Status.CANCELLED, Order.Status.REFUSED)
    fitting = [
        order for order in theirs
        if order.price_cents == values["service_cents"] and order.status not in ended
        and not FiscalNote.objects.filter(order=order).exists()
    ]  # fmt: skip
    if len(fitting) == 1:
        remarks.append(_("Proposed by taker and amount: the note names no order."))
        return Proposal(Outcome.PROPOSED, fitting[0], " ".join(remarks))
    if fitting:
        numbers = ", ".join(str(order.number) for order in fitting[:5])
        remarks.append(_("Orders of its taker with this amount: %(n)s.") % {"n": numbers})
    else:
        remarks.append(_("It names no order, and none of its taker's fits."))
    return Proposal(Outcome.LOOSE, None, " ".join(remarks))


def _about_the_issuer(values: dict[str, Any]) -> list[str]:
    """What is odd about who issued it, and where."""
    found = []
    ours = provider_row().cnpj or ""
    if ours and values["provider_tax_id"][:8] != ours[:8]:
        found.append(_("It was not issued by this portal's provider."))
    if values["is_test"]:
        found.append(_("It comes from the test environment and has no legal validity."))
    return found
