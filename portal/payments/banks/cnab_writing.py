"""Writes remessas, CNAB 240, by ``cnab_layouts``: register, withdraw, change the due date.

Lines have exactly 240 bytes and end in CR LF; text is upper-case ASCII, folded before it is cut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from portal.accents import without_accents
from portal.payments.banks.accounts import BB, CAIXA, BankAccount, our_number
from portal.payments.banks.cnab_layouts import LAYOUTS, RemittanceLayout
from portal.payments.banks.digits import SlipDataError

REGISTER, WITHDRAW, CHANGE_DUE = "01", "02", "06"
WIDTH = 240
_BB_CARTEIRAS = {"17": "7"}
Values = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Company:
    """In whose name the file is."""

    account: BankAccount
    agency_digit: str
    name: str
    cnpj: str
    is_test: bool


@dataclass(frozen=True, kw_only=True)
class SlipOrder:
    """One instruction about a slip, on the terms that are printed on it. Amounts in cents;
    ``due_on`` is the new one of a change."""

    movement: str
    number: int
    document: str
    cents: int
    interest: int  # a month, in hundredths of a percent
    fine: int  # in hundredths of a percent
    late_days: int
    due_on: date
    issued_on: date
    payer: str
    payer_tax_id: str
    street: str
    district: str
    cep: str
    city: str
    state: str


def folded(text: str) -> str:
    """Upper-case ASCII: accents and ordinal signs folded, what has no likeness a blank."""
    kept = without_accents(text.replace("–", "-").replace("—", "-"))
    return "".join(c if c.isascii() and c.isprintable() else " " for c in kept).upper()


def line_of(layout: RemittanceLayout, name: str, values: Values) -> str:
    """One line of 240 characters. Raises SlipDataError for a number that does not fit."""
    line = [" "] * WIDTH
    for first, last, kind, source in layout.fields(name):
        text = source[1:] if source.startswith("=") else values[source]
        size = last - first + 1
        line[first - 1 : last] = _digits(text, size, source) if kind == "N" else _text(text, size)
    return "".join(line)


def _text(text: str, size: int) -> str:
    return folded(text)[:size].ljust(size)


def _digits(text: str, size: int, name: str) -> str:
    bare = text.strip().upper()
    if not bare.isascii() or not bare.isalnum() or len(bare.lstrip("0")) > size:
        raise SlipDataError(
            _("“%(text)s” does not fit into the field %(name)s of a remessa.")
            % {"text": text, "name": name}
        )
    return (bare.lstrip("0") or "0").zfill(size)


def remittance(
    company: Company, orders: Sequence[SlipOrder], *, nsa: int, at: datetime
) -> list[str]:
    """The lines of a file. Raises SlipDataError for a bank whose remessa is not known whole."""
    layout = LAYOUTS[company.account.bank]
    if not layout.is_whole:
        raise SlipDataError(_("Remessas of this bank cannot be made here."))
    common = company_values(company, layout, nsa=nsa, at=at)
    details: list[str] = []
    for order in orders:
        values = {**common, **order_values(company, layout, order)}
        for segment in _segments(order):
            numbered = {**values, "segment": segment, "sequence": str(len(details) + 1)}
            details.append(line_of(layout, segment, numbered))
    counts = {"records": str(len(details) + 2), "lines": str(len(details) + 4)}
    around = {**common, **counts}
    return [
        line_of(layout, "file_header", around), line_of(layout, "lot_header", around), *details,
        line_of(layout, "lot_trailer", around), line_of(layout, "file_trailer", around),
    ]  # fmt: skip


def _segments(order: SlipOrder) -> str:
    return "PQR" if order.movement == REGISTER and order.fine else "PQ"


def as_bytes(lines: Sequence[str]) -> bytes:
    """The file as it goes to the bank."""
    return b"".join(line.encode("ascii") + b"\r\n" for line in lines)


def company_values(
    company: Company, layout: RemittanceLayout, *, nsa: int, at: datetime
) -> dict[str, str]:
    """What the records say of the company, its account and the file."""
    account = company.account
    convenio = _convenio(account) if account.bank == BB else account.code
    test = company.is_test
    return {
        "bank": account.bank, "bank_name": layout.bank_name, "cnpj": company.cnpj,
        "convenio": convenio, "convenio_lot": convenio[:18] + "TS" if test and account.bank == BB
        else convenio,
        "agency": account.agency, "agency_digit": company.agency_digit,
        "account": account.account, "account_digit": account.account_digit,
        "code": account.code, "carteira": account.carteira, "company": company.name,
        "bb_carteira": _BB_CARTEIRAS.get(account.carteira.lstrip("0"), "1"),
        "today": f"{at:%d%m%Y}", "time": f"{at:%H%M%S}", "nsa": str(nsa), "density": "0",
        "file_version": layout.file_version, "lot_version": layout.lot_version,
        "use": "REMESSA-TESTE" if test and account.bank == CAIXA else "",
    }  # fmt: skip


def _convenio(account: BankAccount) -> str:
    """Banco do Brasil: convênio 9, 0014, carteira 2, variation 3, two blanks."""
    carteira, variation = account.carteira.zfill(2)[-2:], account.variation.zfill(3)[-3:]
    return f"{account.code.zfill(9)}0014{carteira}{variation}  "


def order_values(company: Company, layout: RemittanceLayout, order: SlipOrder) -> dict[str, str]:
    """What segments P, Q and R say of one slip."""
    number = our_number(company.account, order.number)
    interest = order.interest
    if layout.interest_per_day:
        interest = order.cents * interest // 300_000
    after = f"{order.due_on + timedelta(days=1):%d%m%Y}"
    return {
        "movement": order.movement, "number": number.printed.replace("-", ""),
        "digits": number.digits, "check": number.check or "0",
        "digits_check": number.digits + number.check, "sequence_15": number.digits[-15:],
        "document": order.document, "due": f"{order.due_on:%d%m%Y}", "amount": str(order.cents),
        "issued": f"{order.issued_on:%d%m%Y}", "interest_code": "2" if interest else "3",
        "interest_from": after if interest or order.fine else "0", "interest": str(interest),
        "fine": str(order.fine), "late_days": str(order.late_days), "payer": order.payer,
        "payer_kind": "1" if len(order.payer_tax_id) == 11 else "2",
        "payer_tax_id": order.payer_tax_id, "street": order.street, "district": order.district,
        "cep": order.cep, "city": order.city, "state": order.state,
    }  # fmt: skip
