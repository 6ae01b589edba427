"""The demonstration's agreement with a bank, and return files about its slips. All is invented."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from portal.demo.world import World
from portal.payments.models import Agreement, Bank, Charge, Slip
from portal.provider.services import provider_row

NAME = "Cobrança de demonstração"
_Fields = Mapping[tuple[int, int], str]
_UNKNOWN = 9_999_999  # a number that no slip has


@dataclass(frozen=True)
class Paid:
    """A line of a return file: which slip's number, how much came. In cents."""

    number: int
    face_cents: int
    paid_cents: int


def load(world: World) -> None:
    """The agreement, which other desks' charges are raised under."""
    make_agreement()
    world.tell(_("1 agreement with a bank."))


def make_agreement() -> Agreement:
    """The one of the demonstration; not approved by any bank, as its pages say."""
    provider = provider_row()
    found, _is_new = Agreement.objects.get_or_create(
        name=NAME,
        defaults={
            "bank": Bank.BB, "beneficiary": provider.name, "beneficiary_cnpj": provider.cnpj,
            "beneficiary_address": "Rua da Demonstração, 100, Belo Horizonte – MG",
            "agency": "1234", "account": "56789", "code": "1234567", "carteira": "17",
            "is_default": not Agreement.objects.filter(is_default=True).exists(),
            "instructions": "Não receber após o vencimento.",
        },
    )  # fmt: skip
    return found


def file_to_import(day: date) -> bytes:
    """A return file of this day: every open slip of the demonstration is paid, and three things
    are wrong: one paid short, one paid that was paid before, one that nobody knows."""
    slips = Slip.objects.filter(agreement__name=NAME).order_by("pk")
    waiting = list(slips.filter(status__in=Slip.OPEN, charge__status=Charge.Status.OPEN))
    lines = [Paid(s.our_number, s.amount_cents, s.amount_cents) for s in waiting]
    if lines:
        first = lines[0]
        lines[0] = Paid(first.number, first.face_cents, first.face_cents - 1_000)
    if before := slips.filter(status=Slip.Status.PAID).first():
        lines.append(Paid(before.our_number, before.amount_cents, before.amount_cents))
    lines.append(Paid(_UNKNOWN, 12_345, 12_345))
    return return_file(make_agreement(), lines, day=day, number=2)


def return_file(agreement: Agreement, paid: Iterable[Paid], *, day: date, number: int) -> bytes:
    """A return file of Banco do Brasil, CNAB 240 (segments T and U), as of ``day``."""
    bank, events = agreement.bank, []
    for place, one in enumerate(paid):
        events += _event(agreement, one, day, at=2 * place + 1)
    head = {
        (1, 3): bank, (4, 8): "00000", (18, 18): "2", (19, 32): agreement.beneficiary_cnpj,
        (33, 52): f"{int(agreement.code):09}0014{agreement.carteira}019".ljust(20),
        (53, 57): agreement.agency.zfill(5), (59, 70): agreement.account.zfill(12),
        (143, 143): "2", (144, 151): f"{day:%d%m%Y}", (158, 163): f"{number:06}",
    }  # fmt: skip
    lot = {(1, 3): bank, (4, 7): "0001", (8, 8): "1", (9, 11): "T01"}
    end = {(1, 3): bank, (4, 7): "0001", (8, 8): "5", (18, 23): f"{len(events) + 2:06}"}
    last = {
        (1, 3): bank, (4, 7): "9999", (8, 8): "9", (18, 23): "000001",
        (24, 29): f"{len(events) + 4:06}",
    }  # fmt: skip
    lines = [_line(head), _line(lot), *events, _line(end), _line(last)]
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")


def _event(agreement: Agreement, one: Paid, day: date, *, at: int) -> list[str]:
    """Movement 06, settled: what was owed in segment T, what came in segment U."""
    head = {(1, 3): agreement.bank, (4, 7): "0001", (8, 8): "3", (16, 17): "06"}
    paid, credited = f"{one.paid_cents:015}", day + timedelta(days=1)
    owed = {
        **head, (9, 13): f"{at:05}", (14, 14): "T",
        (38, 57): f"{agreement.code}{one.number:010}".ljust(20),
        (82, 96): f"{one.face_cents:015}", (199, 213): "0" * 15,
    }  # fmt: skip
    came = {
        **head, (9, 13): f"{at + 1:05}", (14, 14): "U", (18, 32): "0" * 15, (78, 92): paid,
        (93, 107): paid, (138, 145): f"{day:%d%m%Y}", (146, 153): f"{credited:%d%m%Y}",
    }  # fmt: skip
    return [_line(owed), _line(came)]


def _line(fields: _Fields) -> str:
    """240 blanks with values at their places (from 1, inclusive)."""
    text = list(" " * 240)
    for (start, end), value in fields.items():
        text[start - 1 : end] = value.ljust(end - start + 1)
    return "".join(text)
