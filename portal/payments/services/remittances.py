"""Remessas: made of what waits for an agreement's bank, sent by a person, answered by the bank."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.services import record
from portal.payments.banks.cnab_layouts import LAYOUTS
from portal.payments.banks.cnab_writing import Company, SlipOrder, as_bytes, remittance
from portal.payments.banks.digits import SlipDataError
from portal.payments.errors import PaymentError
from portal.payments.models import Agreement, Instruction, Payer, Remittance
from portal.payments.services.instructions import Waiting, waiting_for
from portal.transitions import advance

Movement, Answer = Instruction.Movement, Instruction.Answer


def makes_remittances(agreement: Agreement) -> bool:
    """Whether the remessa of its bank is known here."""
    return LAYOUTS[agreement.bank].is_whole


def what_is_missing(payer: Payer) -> str:
    """What a bank would refuse the registration for; empty when nothing is."""
    missing = [
        str(label)
        for value, label in (
            (payer.street, _("street")), (payer.district, _("district")), (payer.city, _("city")),
            (payer.state, _("state")),
        )
        if not value
    ]  # fmt: skip
    if len(payer.cep) != 8 or not payer.cep.isdecimal() or payer.cep == "0" * 8:
        missing.append("CEP")
    return ", ".join(missing)


def sendable(waiting: Sequence[Waiting]) -> list[Waiting]:
    """Those that a bank would not refuse for the payer's address."""
    return [one for one in waiting if not what_is_missing(one.slip.payer)]


@transaction.atomic
def make(
    agreement: Agreement, *, by: User, at: datetime, request: HttpRequest | None = None
) -> Remittance:
    """Make a file of all that waits for this agreement, under its account's next number (NSA).

    Of two at once the second finds nothing left. Raises PaymentError, which says why not.
    """
    row: Agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    waiting = sendable(waiting_for(row))
    if not waiting:
        raise PaymentError(_("Nothing waits to be sent to this bank."))
    number = row.last_file + 1
    orders = [_order(one) for one in waiting]
    try:
        lines = remittance(company_of(row), orders, nsa=number, at=timezone.localtime(at))
    except SlipDataError as error:
        raise PaymentError(str(error)) from error
    content = as_bytes(lines)
    made = Remittance.objects.create(
        agreement=row, number=number, layout=LAYOUTS[row.bank].version,
        content=content.decode("ascii"), sha256=sha256(content).hexdigest(),
        instructions=len(waiting), created_by=by, created_at=at,
    )  # fmt: skip
    _note_instructions(made, waiting, by=by, at=at)
    row.last_file = number
    row.save(update_fields=["last_file"])
    record("remittance.made", target=made, actor=by, request=request, at=at,
           data={"number": number, "instructions": len(waiting), "sha256": made.sha256})  # fmt: skip
    return made


def company_of(agreement: Agreement) -> Company:
    """In whose name the file is. One that the bank has not approved is marked as a test."""
    return Company(
        account=agreement.bank_account, agency_digit=agreement.agency_digit,
        name=agreement.beneficiary, cnpj=str(agreement.beneficiary_cnpj),
        is_test=not agreement.is_approved,
    )  # fmt: skip


def _order(waiting: Waiting) -> SlipOrder:
    slip, payer = waiting.slip, waiting.slip.payer
    return SlipOrder(
        movement=waiting.movement, number=slip.our_number, document=slip.document_number,
        cents=slip.amount_cents, interest=slip.interest, fine=slip.fine, late_days=slip.late_days,
        due_on=waiting.due_on or slip.due_on,
        issued_on=timezone.localtime(slip.issued_at).date(), payer=payer.name,
        payer_tax_id=str(payer.tax_id), street=f"{payer.street} {payer.complement}".strip(),
        district=payer.district, cep=payer.cep, city=payer.city, state=payer.state,
    )  # fmt: skip


def _note_instructions(
    made: Remittance, waiting: Sequence[Waiting], *, by: User, at: datetime
) -> None:
    asked = [one.instruction.pk for one in waiting if one.instruction]
    Instruction.objects.filter(pk__in=asked).update(remittance=made)
    Instruction.objects.bulk_create(
        Instruction(
            remittance=made, slip=one.slip, movement=one.movement, asked_by=by, created_at=at
        )
        for one in waiting
        if one.instruction is None
    )


def note_sent(
    made: Remittance, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """It went to the bank. Raises IllegalTransition."""
    advance(made, to=Remittance.Status.SENT, by=by, at=at, request=request)


@transaction.atomic
def note_rejected(
    made: Remittance, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """The bank refused the whole file: what it asked for waits again, and its number is used up.

    Raises IllegalTransition.
    """
    advance(
        made, to=Remittance.Status.REJECTED, by=by, at=at, request=request, answered_at=at,
        only_if={"status": made.status},
    )  # fmt: skip
    unanswered = made.items.filter(answer=Answer.NONE)
    unanswered.filter(movement=Movement.CHANGE_DUE).update(remittance=None)
    unanswered.exclude(movement=Movement.CHANGE_DUE).update(answer=Answer.REFUSED, answered_at=at)
