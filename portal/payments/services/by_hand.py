"""What people do at banks whose remessas are not made here: register slips, withdraw others.

They do it on the bank's own pages; here it waits in a list until somebody says that it is done.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from portal.accounts.models import User
from portal.audit.services import record
from portal.payments.models import Agreement, BankFile, BankFileRow, Instruction, Slip
from portal.payments.services.instructions import Waiting, asked
from portal.transitions import IllegalTransition, advance

Movement, Answer = Instruction.Movement, Instruction.Answer


def waiting_by_hand(agreement: Agreement) -> list[Waiting]:
    """New slips, and those that were replaced or withdrawn here, until they are noted as done or a
    return file says so.

    A closed slip is listed whether or not its registration is known: one that the bank knows can
    be paid.
    """
    slips = Slip.objects.filter(agreement=agreement).select_related("charge", "payer", "agreement")
    new = slips.filter(status=Slip.Status.ISSUED).exclude(asked(Movement.REGISTER))
    closed = slips.filter(status__in=[Slip.Status.WITHDRAWN, Slip.Status.REPLACED])
    gone = closed.exclude(asked(Movement.WITHDRAW)).exclude(_said(BankFileRow.Outcome.WITHDRAWN))
    return [
        *(Waiting(slip=slip, movement=Movement.REGISTER) for slip in new.order_by("pk")),
        *(Waiting(slip=slip, movement=Movement.WITHDRAW) for slip in gone.order_by("pk")),
    ]


def _said(outcome: str) -> Exists:
    """Whether a return file that was posted says this of a slip."""
    return Exists(
        BankFileRow.objects.filter(
            slip=OuterRef("pk"), outcome=outcome, done_at__isnull=False,
            batch__status__in=[BankFile.Status.APPLYING, BankFile.Status.APPLIED],
        )
    )  # fmt: skip


@transaction.atomic
def note_done(
    agreement: Agreement,
    keys: Collection[int],
    *,
    by: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> int:
    """Somebody did at the bank what waits for these slips. How many; of two at once one."""
    row: Agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    chosen = [one for one in waiting_by_hand(row) if one.slip.pk in keys]
    Instruction.objects.bulk_create(
        Instruction(
            slip=one.slip, movement=one.movement, answer=Answer.DONE, answered_at=at, asked_by=by,
            created_at=at,
        )
        for one in chosen
    )  # fmt: skip
    registered = [one.slip for one in chosen if one.movement == Movement.REGISTER]
    for slip in registered:
        _register(slip)
    if chosen:
        record("remittance.by_hand", target=row, actor=by, request=request, at=at,
               data={"registered": len(registered), "withdrawn": len(chosen) - len(registered)})  # fmt: skip
    return len(chosen)


def _register(slip: Slip) -> None:
    try:
        advance(slip, to=Slip.Status.REGISTERED, only_if={"status": Slip.Status.ISSUED})
    except IllegalTransition:
        return  # paid or replaced at this moment
