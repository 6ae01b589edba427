"""For "my data": what payments keep of a person as a payer, by a CPF that is proven."""

from typing import Any

from django.utils.translation import gettext as _

from portal.accounts.labels import instant
from portal.accounts.models import User
from portal.accounts.personal_data import Row, Rows
from portal.money import format_brl
from portal.payments.models import Charge, Payer, Slip
from portal.taxid import format_tax_id


def personal_payments(user: User) -> dict[str, Any]:
    """The person as a payer, with charges and slips; nothing while the CPF is only typed.

    Not by the e-mail: an office gives its own for its clients.
    """
    mine = payers_of(user)
    charges = Charge.objects.filter(payer__in=mine.values("pk"))
    slips = Slip.objects.filter(payer__in=mine.values("pk"))
    return {
        _("Who pays, as it stands on my slips"): Rows(mine.order_by("-pk"), _payer),
        _("My charges"): Rows(charges.order_by("-pk"), _charge),
        _("My bank slips"): Rows(slips.order_by("-pk"), _slip),
    }


def payers_of(user: User) -> Any:
    """The rows that name this person as the payer."""
    if not (user.cpf and user.cpf_proof):
        return Payer.objects.none()
    return Payer.objects.filter(tax_id=user.cpf)


def _payer(payer: Payer) -> list[Row]:
    street = f"{payer.street} {payer.complement}".strip()
    place = (street, payer.district, payer.city, payer.state, payer.cep)
    return [
        {
            _("Name"): payer.name,
            _("CPF"): format_tax_id(payer.tax_id),
            _("E-mail"): payer.email,
            _("Address"): ", ".join(filter(None, place)),
        }
    ]


def _charge(charge: Charge) -> list[Row]:
    return [
        {
            _("Description"): charge.description,
            _("Amount"): format_brl(charge.amount_cents),
            _("Due on"): f"{charge.due_on:%d/%m/%Y}",
            _("Status"): charge.get_status_display(),
            _("Paid"): format_brl(charge.settled_cents),
            _("Given back"): format_brl(charge.refunded_cents),
        }
    ]


def _slip(slip: Slip) -> list[Row]:
    return [
        {
            _("Number"): slip.number_text,
            _("Issued at"): instant(slip.issued_at),
            _("Due on"): f"{slip.due_on:%d/%m/%Y}",
            _("Amount"): format_brl(slip.amount_cents),
            _("Status"): slip.get_status_display(),
        }
    ]
