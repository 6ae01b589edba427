"""Slips at a bank, return files about them, and their import, for tests."""

from collections.abc import Callable, Iterable
from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from portal.accounts.models import User
from portal.batches import services as batches
from portal.outbox import delivery
from portal.payments.models import Agreement, BankFile, Slip
from portal.payments.services import return_files
from portal.payments.services.slips import issue_slip
from tests.factories.payments import make_agreement, make_charge
from tests.payments.returns import as_bytes, cents, event_240, file_240

DAY = date(2026, 3, 19)


def an_agreement(**values: object) -> Agreement:
    """At Sicoob, of the account that ``returns`` writes into its headers."""
    return make_agreement("756", **values)


def a_slip(agreement: Agreement, amount: int = 10_000) -> Slip:
    charge = make_charge(agreement=agreement, cents=amount)
    return issue_slip(charge, at=timezone.now())


def says(slip: Slip | int, movement: str, paid: int = 0, **more: object) -> list[str]:
    """What Sicoob says of a slip, or of a number that is none."""
    number = slip if isinstance(slip, int) else slip.our_number
    face = 10_000 if isinstance(slip, int) else slip.amount_cents
    values = {"face": face, "number": cents(number, 9) + "0", **more}
    return event_240("756", movement, paid=paid, **values)  # type: ignore[arg-type]


def a_return(events: Iterable[list[str]], sequence: int = 7) -> bytes:
    """A whole file with these events, numbered anew."""
    numbered = []
    for at, event in enumerate(events):
        numbered.append(
            [text[:8] + cents(2 * at + 1 + half, 5) + text[13:] for half, text in enumerate(event)]
        )
    lines = file_240("756", numbered)
    lines[0] = lines[0][:157] + cents(sequence, 6) + lines[0][163:]
    return as_bytes(lines)


def hand_in(data: bytes, by: User, name: str = "retorno.ret") -> BankFile:
    """Handed in and checked."""
    file, _new = return_files.receive(SimpleUploadedFile(name, data), name=name, by=by)
    delivery.sweep()
    file.refresh_from_db()
    return file


def do(file: BankFile, action: Callable[..., None], by: User) -> BankFile:
    action(file, by=by, at=timezone.now())
    delivery.sweep()
    file.refresh_from_db()
    return file


def post(data: bytes, by: User) -> BankFile:
    """Handed in, checked, posted."""
    return do(hand_in(data, by), batches.apply, by)


def outcomes(file: BankFile) -> list[str]:
    return list(file.rows.order_by("line").values_list("outcome", flat=True))
