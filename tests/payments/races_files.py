"""What return files, differences and remessas do once, however often it is sent at once."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from portal.batches import services as batches
from portal.payments.errors import PaymentError
from portal.payments.models import Agreement, BankFile, Difference, Slip
from portal.payments.services import (
    by_hand,
    differences,
    instructions,
    refunds,
    remittances,
    return_files,
    settlements,
)
from portal.transitions import IllegalTransition
from tests.factories import Cast
from tests.factories.payments import make_agreement
from tests.payments.importing import a_return, a_slip, an_agreement, hand_in, post, says
from tests.racing import Race, Work

_S = "portal.payments.services"


def _hand_in(cast: Cast) -> Work:
    data = a_return([says(a_slip(an_agreement()), "06", 10_000)])
    return lambda: return_files.receive(
        SimpleUploadedFile("a.ret", data), name="a.ret", by=cast.faturista
    )


def _post(cast: Cast) -> Work:
    """One payment and one of nobody; what wakes the job twice posts them once."""
    slip = a_slip(an_agreement())
    file = hand_in(a_return([says(slip, "06", 9_000), says(777, "06", 5)]), cast.faturista)
    batches.start_applying(file, by=cast.faturista, at=timezone.now())
    return lambda: settlements.apply_rows(
        BankFile.objects.get(pk=file.pk), by=cast.faturista, seconds=60
    )


def _refund(cast: Cast) -> Work:
    post(a_return([says(a_slip(an_agreement()), "06", 12_000)]), cast.faturista)
    pk, at = Difference.objects.get().pk, timezone.now()
    return lambda: refunds.give_back_difference(
        Difference.objects.get(pk=pk), means="Pix", refunded_on=at.date(), by=cast.faturista, at=at
    )


def _assign(cast: Cast) -> Work:
    slip = a_slip(an_agreement())
    post(a_return([says(777, "06", 9_000)]), cast.faturista)
    pk, at = Difference.objects.get().pk, timezone.now()
    return lambda: differences.assign(
        Difference.objects.select_related("agreement").get(pk=pk), slip.charge, "Comprovante",
        by=cast.faturista, at=at,
    )  # fmt: skip


def _remittance(cast: Cast) -> Work:
    agreement = make_agreement("104", agency_digit="3")
    a_slip(agreement)
    pk, at = agreement.pk, timezone.now()
    return lambda: remittances.make(Agreement.objects.get(pk=pk), by=cast.faturista, at=at)


def _due_date(_cast: Cast) -> Work:
    slip = a_slip(make_agreement("104"))
    Slip.objects.filter(pk=slip.pk).update(status=Slip.Status.REGISTERED)
    later, at = slip.due_on + timedelta(days=9), timezone.now()
    return lambda: instructions.ask_for_due_date(Slip.objects.get(pk=slip.pk), later, at=at)


def _by_hand(cast: Cast) -> Work:
    agreement = make_agreement("237")
    keys, at = {a_slip(agreement).pk}, timezone.now()
    return lambda: by_hand.note_done(agreement, keys, by=cast.faturista, at=at)


RACES = [
    Race(name="return-file", prepare=_hand_in, services=set(), leaves={"payments.BankFile": 1}),
    Race(name="post-return-file", prepare=_post,
         services={f"{_S}.settlements._settlement", f"{_S}.settlements._note_difference"},
         leaves={"payments.Settlement": 2, "payments.Difference": 2}),
    Race(name="refund", prepare=_refund, services=set(), leaves={"audit.AuditEvent": 3},
         told=(IllegalTransition,)),
    Race(name="assign-payment", prepare=_assign, services={f"{_S}.settlements.note_misfit"},
         leaves={"payments.Difference": 1}, told=(IllegalTransition,)),
    Race(name="remessa", prepare=_remittance,
         services={f"{_S}.remittances.make", f"{_S}.remittances._note_instructions"},
         leaves={"payments.Remittance": 1, "payments.Instruction": 1}, told=(PaymentError,)),
    Race(name="done-at-the-bank", prepare=_by_hand, services={f"{_S}.by_hand.note_done"},
         leaves={"payments.Instruction": 1}),
    Race(name="new-due-date", prepare=_due_date, services={f"{_S}.instructions.ask_for_due_date"},
         leaves={"payments.Instruction": 1}, told=(PaymentError,)),
]  # fmt: skip
