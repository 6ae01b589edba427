"""Taking return files in: handed in, recognised, read in the sandbox, and staged for a look."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, BinaryIO, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import sandbox
from portal.accounts.models import User
from portal.batches import services as batches
from portal.batches import slices
from portal.batches.services import Upload
from portal.money import format_brl
from portal.payments.banks.cnab_reading import ReturnEvent, packed_part, unpacked
from portal.payments.banks.cnab_survey import Header, Survey, survey
from portal.payments.banks.cnab_tables import BB, CAIXA, SICREDI, Meaning, meaning_of
from portal.payments.models import Agreement, BankFile, BankFileRow, Charge, Settlement, Slip
from portal.sandbox.limits import MB, Limits

PREFIX = "payments/returns"
CHUNK = 1_000
MOST_ALIKE = 32_767  # what the column of ``ordinal`` holds
# 100,000 lines of 240 characters are 24 MB; a part of them is 1 MB.
_LIMITS = Limits(memory=128 * MB, cpu_seconds=10, wall_seconds=60)
Outcome = BankFileRow.Outcome
Status = Charge.Status
_SIMPLE = {
    Meaning.REGISTERED: Outcome.REGISTERED, Meaning.REJECTED: Outcome.REJECTED,
    Meaning.WITHDRAWN: Outcome.WITHDRAWN, Meaning.DUE_CHANGED: Outcome.CHANGED,
    Meaning.REFUSED: Outcome.REJECTED, Meaning.ADVANCE: Outcome.ADVANCE,
    Meaning.ADVANCE_UNDONE: Outcome.RETRACTED, Meaning.REVERSED: Outcome.REVERSED,
}  # fmt: skip
_CLOSED = (Slip.Status.REPLACED, Slip.Status.WITHDRAWN)


def receive(
    file: Upload, *, name: str, by: User, request: HttpRequest | None = None
) -> tuple[BankFile, bool]:
    """Keep an uploaded return file and have it checked in the background.

    Returns the import and whether it is new: a file that was handed in before gives that import.
    """
    bank_file = BankFile(name=name[:120], created_by=by)
    return batches.receive(bank_file, {"file_key": file}, prefix=PREFIX, request=request)


def check_slice(bank_file: BankFile, *, by: User | None) -> None:
    """Check the next events of a file; refuse it when it is no good or nobody's here."""

    def check_for(seconds: float) -> bool:
        with slices.open_upload(bank_file) as file:
            return check(bank_file, file, seconds=seconds)

    slices.check_slice(bank_file, check_for, by=by)


def check(bank_file: BankFile, file: BinaryIO, *, seconds: float) -> bool:
    """Check events for about ``seconds``; True when all are done and the file is CHECKED.

    Raises ValidationError when the file as a whole is of no use, and Stopped.
    """
    found = sandbox.run(survey, file, limits=_LIMITS)
    agreements = agreements_of(found.header)
    _note_header(bank_file, found, agreements[0])
    finished = slices.check_lines(
        bank_file,
        lambda: numbered(events_of(file, found.header)),
        lambda chunk: _check_chunk(bank_file, chunk, agreements),
        size=CHUNK, seconds=seconds,
    )  # fmt: skip
    if finished:
        slices.finish_checking(bank_file, problem=found.doubt)
    return finished


def _note_header(bank_file: BankFile, found: Survey, agreement: Agreement) -> None:
    if bank_file.agreement_id is None:
        header = found.header
        bank_file.agreement, bank_file.bank, bank_file.width = agreement, header.bank, header.width
        bank_file.written_on, bank_file.sequence = header.written_on, header.sequence
        bank_file.total = found.events
        bank_file.save(
            update_fields=["agreement", "bank", "width", "written_on", "sequence", "total"]
        )


def agreements_of(header: Header) -> list[Agreement]:
    """The agreements of the account that a file is of. ValidationError when there is none here."""
    of_bank = list(Agreement.objects.filter(bank=header.bank).order_by("-is_active", "pk"))
    found = [agreement for agreement in of_bank if _is_of(agreement, header)]
    if found:
        return found
    if not of_bank:
        raise ValidationError(
            _("This file is of bank %(bank)s, with which there is no agreement here.")
            % {"bank": header.bank},
            code="other_bank",
        )
    told = " / ".join(filter(None, (header.agency, header.account or header.code)))
    raise ValidationError(
        _("This file is of another account or agreement (%(told)s) than those known here.")
        % {"told": told or header.tax_id},
        code="other_agreement",
    )


def _is_of(agreement: Agreement, header: Header) -> bool:
    """Whether the company is the same, and the account or the code of the agreement."""
    cnpj = str(agreement.beneficiary_cnpj).lstrip("0")
    if header.tax_id and header.tax_id != cnpj:
        return False
    code = agreement.code.lstrip("0")
    codes = {code, code.ljust(7, "0")} if agreement.bank == CAIXA else {code}
    if header.code and code and header.code in codes:
        return True
    if agreement.bank == BB and header.code and code:
        return False  # one account may have several convênios
    accounts = {
        agreement.account.lstrip("0"),
        (agreement.account + agreement.account_digit).lstrip("0"),
    }
    if agreement.bank == SICREDI:
        accounts |= {code}
    same_branch = header.agency == agreement.agency.lstrip("0")
    return same_branch and bool(header.account) and header.account in accounts


class NumberedEvent(NamedTuple):
    """An event with its place among the events of the file, from 1."""

    line: int
    event: ReturnEvent


def numbered(events: Iterable[ReturnEvent]) -> Iterator[NumberedEvent]:
    return (NumberedEvent(line, event) for line, event in enumerate(events, 1))


def events_of(file: BinaryIO, header: Header) -> Iterator[ReturnEvent]:
    """All events of a file, parsed part by part in the sandbox. ValidationError when damaged."""
    offset = line = 0
    while True:
        part = sandbox.run(
            packed_part, file, header.bank, header.width, offset, line, limits=_LIMITS
        )
        yield from unpacked(part.packed)
        if part.is_last:
            return
        offset, line = part.offset, part.line


# --- what each event would do


def _check_chunk(
    bank_file: BankFile, chunk: list[NumberedEvent], agreements: Sequence[Agreement]
) -> None:
    rows = [_row(bank_file, numbered) for numbered in chunk]
    _number_alike(bank_file, rows)
    find_slips(rows, agreements)
    preview = _Preview(bank_file, rows)
    for row in rows:
        row.outcome = preview.outcome(row)
    slices.save_checked(bank_file, rows)


def _row(bank_file: BankFile, numbered: NumberedEvent) -> BankFileRow:
    event = numbered.event
    values: dict[str, Any] = event._asdict()
    handed_in = timezone.localdate(bank_file.created_at)  # for a file that names no day at all
    occurred = event.occurred_on or event.credited_on or bank_file.written_on or handed_in
    values["occurred_on"] = occurred.isoformat()
    values["credited_on"] = (event.credited_on or occurred).isoformat()
    return BankFileRow(batch=bank_file, line=numbered.line, number=event.number[:25], values=values)


Key = tuple[str, str, str, int]


def _alike(bank_file: BankFile, row: BankFileRow) -> Key:
    """What rows that are exactly alike share: by it and ``ordinal`` settlements and debits are known."""
    values = row.values
    if _is_reversal(bank_file, row):
        return row.number, values["movement"], values["credited_on"], row.moved_cents
    return row.number, values["movement"], values["occurred_on"], values["paid"]


def _is_reversal(bank_file: BankFile, row: BankFileRow) -> bool:
    movement, paid = row.values["movement"], row.cents("paid")
    return meaning_of(bank_file.bank, bank_file.width, movement, paid) == Meaning.REVERSED


def _number_alike(bank_file: BankFile, rows: list[BankFileRow]) -> None:
    """Count, for each row, those exactly like it that come before it in the file."""
    money = [row for row in rows if row.cents("paid") or _is_reversal(bank_file, row)]
    before = BankFileRow.objects.filter(batch=bank_file, number__in={r.number for r in money})
    seen = Counter(_alike(bank_file, row) for row in before.only("number", "values"))
    for row in money:
        alike = _alike(bank_file, row)
        if seen[alike] > MOST_ALIKE:
            raise _too_many_alike(row)
        row.ordinal = seen[alike]
        seen[alike] += 1


def _too_many_alike(row: BankFileRow) -> ValidationError:
    return ValidationError(
        _(
            "Line %(line)s says the same as more than %(most)s others: the payment of %(amount)s "
            "under number %(number)s. The file is damaged: fetch it from the bank again."
        )
        % {
            "line": row.values["line"], "most": MOST_ALIKE, "number": row.number,
            "amount": format_brl(row.moved_cents),
        },
        code="alike",
    )  # fmt: skip


def find_slips(rows: Iterable[BankFileRow], agreements: Sequence[Agreement]) -> None:
    """Set the slip of each row, by the number within each agreement of the account."""
    rows = list(rows)
    wanted: dict[tuple[int, int], list[BankFileRow]] = {}
    for row in rows:
        for agreement in agreements:
            number = own_number(agreement, row.number)
            if number is not None:
                wanted.setdefault((agreement.pk, number), []).append(row)
    slips = Slip.objects.filter(
        agreement__in=agreements, our_number__in={number for _pk, number in wanted}
    ).select_related("charge", "agreement")
    for slip in slips:
        for row in wanted.get((slip.agreement_id, slip.our_number), ()):
            if row.slip_id is None or slip.document_number == row.values["document"]:
                row.slip = slip


def own_number(agreement: Agreement, text: str) -> int | None:
    """The number of a slip within its agreement, from what the bank writes. None: not of it.

    Banco do Brasil writes the convênio first, and a check digit unless it has 7 digits or the
    number 17; elsewhere the table leaves out whatever is not the number.
    """
    if agreement.bank == BB:
        code, length = agreement.code, len(text)
        if len(code) == 6 and length == 17:
            return int(text) if text.isdecimal() else None
        if not text.startswith(code):
            return None
        text = text[len(code) :] if len(code) == 7 else text[len(code) : 11]
    return int(text) if text.isascii() and text.isdecimal() else None


class _Preview:
    """What events would do as things stand, events before them in the file included."""

    def __init__(self, bank_file: BankFile, rows: list[BankFileRow]) -> None:
        self.width, self.bank = bank_file.width, bank_file.bank
        self.known = known_events(rows)
        charges = {row.slip.charge_id for row in rows if row.slip}
        earlier = BankFileRow.objects.filter(
            batch=bank_file, outcome__in=BankFileRow.PAID, slip__charge__in=charges
        )
        self.counted: Counter[int] = Counter()
        for charge, values in earlier.values_list("slip__charge", "values"):
            self.counted[charge] += counted_cents(values)

    def outcome(self, row: BankFileRow) -> str:
        meaning = meaning_of(self.bank, self.width, row.values["movement"], row.cents("paid"))
        if meaning != Meaning.PAID:
            simple = _SIMPLE.get(meaning, Outcome.INFO)
            return Outcome.INFO if row.slip is None else simple
        if row.slip is None:
            return Outcome.KNOWN if event_key(row) in self.known else Outcome.UNKNOWN
        if event_key(row) in self.known:
            return Outcome.KNOWN
        charge, cents = row.slip.charge, counted_cents(row.values)
        before = self.counted[charge.pk]
        self.counted[charge.pk] += cents
        return expected_outcome(row.slip, charge, before, cents)


def expected_outcome(slip: Slip, charge: Charge, before: int, cents: int) -> str:
    """What a payment of ``cents`` does, when events before it in the file brought ``before``."""
    if slip.status in _CLOSED or charge.status == Status.WITHDRAWN:
        return Outcome.REPLACED
    tolerance = slip.agreement.tolerance_cents
    kept = charge.kept_cents + before
    if charge.status in (Status.SETTLED, Status.OVER) or kept >= charge.amount_cents - tolerance:
        return Outcome.DUPLICATE
    difference = kept + cents - charge.amount_cents
    if abs(difference) <= tolerance:
        return Outcome.SETTLES
    return Outcome.OVER if difference > 0 else Outcome.SHORT


def counted_cents(values: dict[str, Any]) -> int:
    """What of a payment counts towards the charge: all but the interest that came on top."""
    paid, face, interest = values["paid"], values["face"], values["interest"]
    on_top = min(interest, max(0, paid - face)) if face else 0
    return int(paid - on_top)


EventKey = tuple[str, str, date, int, int]


def event_key(row: BankFileRow) -> EventKey:
    """What makes an event the same in whichever file it comes."""
    values = row.values
    return (
        row.number, values["movement"], date.fromisoformat(values["occurred_on"]),
        values["paid"], row.ordinal,
    )  # fmt: skip


def known_events(rows: Iterable[BankFileRow]) -> set[EventKey]:
    """The events of these rows' numbers that are settlements in force."""
    found = Settlement.objects.filter(
        number__in={row.number for row in rows if row.cents("paid")}, undone_at__isnull=True
    )
    return set(found.values_list("number", "movement", "occurred_on", "paid_cents", "ordinal"))


def paid_total(bank_file: BankFile) -> int:
    """What the settlements of a file add up to, in cents."""
    total = bank_file.settlements.filter(undone_at__isnull=True).aggregate(t=Sum("paid_cents"))["t"]
    return total or 0
