"""What is asked of banks about slips, and what they answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.services import record
from portal.payments.errors import PaymentError
from portal.payments.models import Agreement, Charge, Instruction, Slip

Movement, Answer = Instruction.Movement, Instruction.Answer


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An instruction that the next remessa of its agreement will carry."""

    slip: Slip
    movement: str
    due_on: date | None = None
    instruction: Instruction | None = None

    @property
    def label(self) -> str:
        return str(Movement(self.movement).label)


def answered(slip: Slip, movements: Iterable[str], *, done: bool, at: datetime) -> None:
    """Note the bank's answer on what was asked about a slip and has none yet."""
    open_ones = Instruction.objects.filter(
        slip=slip, movement__in=list(movements), answer=Answer.NONE, remittance__isnull=False
    )
    answer = Answer.DONE if done else Answer.REFUSED
    for instruction in open_ones.order_by("pk"):
        instruction.answer, instruction.answered_at = answer, at
        instruction.save(update_fields=["answer", "answered_at"])
        if instruction.movement == Movement.CHANGE_DUE and done and instruction.due_on:
            Charge.objects.filter(pk=slip.charge_id).update(due_on=instruction.due_on)


def waiting_for(agreement: Agreement) -> list[Waiting]:
    """What waits to be sent: new slips, then withdrawals, then changes of due dates.

    A withdrawal waits until the bank has confirmed the registration; a slip that was never sent
    needs none. What a bank refused, or a refused remessa carried, waits again.
    """
    slips = Slip.objects.filter(agreement=agreement).select_related("charge", "payer", "agreement")
    new = slips.filter(status=Slip.Status.ISSUED).exclude(asked(Movement.REGISTER)).order_by("pk")
    closed = Q(status=Slip.Status.WITHDRAWN) | Q(status=Slip.Status.REPLACED)
    gone = (
        slips.filter(closed).filter(asked(Movement.REGISTER, Answer.DONE))
        .exclude(asked(Movement.WITHDRAW)).order_by("pk")
    )  # fmt: skip
    changes = Instruction.objects.filter(
        slip__agreement=agreement, movement=Movement.CHANGE_DUE, remittance__isnull=True,
        answer=Answer.NONE, slip__status=Slip.Status.REGISTERED,
    ).select_related("slip__charge", "slip__payer", "slip__agreement")  # fmt: skip
    return [
        *(Waiting(slip=slip, movement=Movement.REGISTER) for slip in new),
        *(Waiting(slip=slip, movement=Movement.WITHDRAW) for slip in gone),
        *(
            Waiting(slip=one.slip, movement=Movement.CHANGE_DUE, due_on=one.due_on, instruction=one)
            for one in changes.order_by("pk")
        ),
    ]  # fmt: skip


def asked(movement: str, answer: str | None = None) -> Exists:
    """Whether a slip has such an instruction that was not refused."""
    found: QuerySet[Instruction] = Instruction.objects.filter(
        slip=OuterRef("pk"), movement=movement
    )
    if answer is None:
        return Exists(found.exclude(answer=Answer.REFUSED))
    return Exists(found.filter(answer=answer))


@transaction.atomic
def ask_for_due_date(
    slip: Slip,
    due_on: date,
    *,
    at: datetime,
    by: User | None = None,
    request: HttpRequest | None = None,
) -> Instruction:
    """Have the next remessa ask the bank for another due date of a registered slip.

    What was asked for and not sent yet is asked for no more. Raises PaymentError when the slip is
    not registered, or was paid or withdrawn meanwhile, or the bank has not answered the last time.
    """
    _lock(slip)
    if slip.status != Slip.Status.REGISTERED:
        raise PaymentError(
            _(
                "The bank has not confirmed this slip, or it is not open: its date cannot be changed."
            )
        )
    if due_on <= slip.due_on:
        raise PaymentError(_("The new due date must be after the present one."))
    mine: dict[str, Any] = {"slip": slip, "movement": Movement.CHANGE_DUE, "answer": Answer.NONE}
    if Instruction.objects.filter(**mine, due_on=due_on).exists():
        raise PaymentError(_("This due date is being asked for already."))
    try:
        with transaction.atomic():
            instruction, _is_new = Instruction.objects.update_or_create(
                **mine, remittance=None,
                defaults={"due_on": due_on, "asked_by": by, "created_at": at},
            )  # fmt: skip
    except IntegrityError:
        raise PaymentError(
            _("The bank has not answered yet what was asked about this slip's due date.")
        ) from None
    record("slip.due_date_asked", target=slip, actor=by, request=request, at=at,
           data={"due_on": due_on.isoformat()})  # fmt: skip
    return instruction


def _lock(slip: Slip) -> None:
    """Wait for a payment of this slip and for a remessa that is being made, then look again."""
    Charge.objects.select_for_update().get(pk=slip.charge_id)
    Agreement.objects.select_for_update().get(pk=slip.agreement_id)
    slip.refresh_from_db(fields=["status", "due_on"])
