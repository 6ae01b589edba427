"""Slips as people and programs write them: one mapping of names to values a slip.

Names have aliases, numbers may be text or integers, padded with zeros or not, with their check
digit after a hyphen. What contradicts itself is refused; what is not understood is named.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from portal.payments.banks import accounts
from portal.payments.banks.accounts import BankAccount
from portal.payments.banks.digits import SlipDataError
from portal.payments.banks.free_field import SlipCodes, slip_codes

KEYS = {
    "bank": ("banco", "bank_code", "codigo_banco"),
    "agency": ("branch", "agencia", "cooperative", "cooperativa"),
    "account": ("conta", "conta_corrente", "account_number"),
    "account_digit": ("conta_dv", "digito_conta", "dac", "account_dv", "account_check_digit"),
    "code": (
        "agreement", "convenio", "beneficiary", "beneficiario", "beneficiary_code",
        "codigo_beneficiario", "cedente", "codigo_cedente", "client", "client_code", "cliente",
        "codigo_cliente", "codigo", "agreement_code", "agreement_number", "codigo_convenio",
    ),
    "code_digit": ("client_digit", "beneficiary_digit", "code_dv", "digito_cliente"),
    "carteira": ("wallet", "portfolio", "kind", "tipo_cobranca"),
    "variation": ("modality", "modalidade", "post", "posto", "variacao"),
    "long_numbers": ("long_number", "number_length", "number_digits", "number_size"),
    "number": ("our_number", "nosso_numero", "numero", "sequence", "sequencial"),
    "amount_cents": ("cents", "amount", "amount_in_cents", "valor_centavos", "valor"),
    "due_on": ("due", "due_date", "vencimento", "data_vencimento"),
    "own_number": ("document_number", "document", "seu_numero", "numero_documento"),
    "year": ("ano",),
    "issued_on": ("issued", "issue_date", "emissao", "data_emissao", "data_documento"),
    "byte": ("byte_idt",),
    "parcel": ("parcela", "instalment", "installment"),
    "iof": ("ios",),
}  # fmt: skip
_BY_ALIAS = {alias: key for key, aliases in KEYS.items() for alias in (key, *aliases)}

_BANK_NAMES = {
    "bb": accounts.BB, "brasil": accounts.BB, "banco_do_brasil": accounts.BB,
    "santander": accounts.SANTANDER, "bradesco": accounts.BRADESCO, "itau": accounts.ITAU,
    "caixa": accounts.CAIXA, "cef": accounts.CAIXA, "caixa_economica_federal": accounts.CAIXA,
    "sicoob": accounts.SICOOB, "bancoob": accounts.SICOOB, "sicredi": accounts.SICREDI,
}  # fmt: skip
# Names under which the values of the agreement may stand together.
_GROUPS = {"agreement", "agreement_fields", "bank_account", "account", "convenio", "conta"}
_DEFAULT_CARTEIRA = {accounts.CAIXA: "1", accounts.SICREDI: "1", accounts.SICOOB: "1"}
# How many digits a number has without its check digit.
_SIZES = {accounts.SANTANDER: 12, accounts.CAIXA: 17, accounts.BRADESCO: 11, accounts.ITAU: 8,
          accounts.SICREDI: 8, accounts.SICOOB: 7}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ReadSlip:
    """A slip that was understood. ``warnings`` name what was ignored or looks wrong."""

    account: BankAccount
    codes: SlipCodes
    warnings: list[str]


@dataclass(frozen=True, kw_only=True)
class _Number:
    digits: str
    check: str = ""
    carteira: str = ""


def read_slip(values: Mapping[str, Any]) -> ReadSlip:
    """Line and bar code of a slip given by names and values (``KEYS`` lists the names).

    Raises SlipDataError that says which value is missing or wrong.
    """
    known, unknown = _by_key(values)
    account = _account(known)
    number = _number(account, known.get("number"))
    if number.carteira:
        account = replace(account, carteira=number.carteira)
    codes = slip_codes(
        account,
        int(_sicredi_number(number, known) if account.bank == accounts.SICREDI else number.digits),
        cents=_cents(known.get("amount_cents")),
        due_on=_day(known.get("due_on"), "due_on"),
        own_number=_text(known.get("own_number")),
        parcel=int(accounts.fit(_text(known.get("parcel")) or "1", 3, "parcel")),
        iof=_text(known.get("iof")) or "0",
    )
    if number.check and number.check.upper() != codes.number.check:
        raise SlipDataError(
            _("Number: its check digit is %(right)s, not %(given)s.")
            % {"right": codes.number.check or _("none"), "given": number.check}
        )
    return ReadSlip(account=account, codes=codes, warnings=[*unknown, *_doubts(account)])


def _by_key(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        inner = isinstance(value, dict) and _plain(name) in _GROUPS
        flat.update(value if inner else {name: value})
    known: dict[str, Any] = {}
    unknown = []
    for name, value in flat.items():
        key = _BY_ALIAS.get(_plain(name))
        if key is None:
            unknown.append(_("Unknown key: %(name)s") % {"name": name})
        elif known.get(key) not in (None, "") and _text(value) not in ("", _text(known[key])):
            raise SlipDataError(_("%(key)s is given twice.") % {"key": key})
        elif known.get(key) in (None, ""):
            known[key] = value
    return known, unknown


def _plain(name: str) -> str:
    """``Nosso Número`` → ``nosso_numero``."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return bare.strip().replace(" ", "_").replace("-", "_")


def _text(value: object) -> str:
    """The value as text; nothing for None. Raises SlipDataError for what is no text or integer."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise SlipDataError(_("“%(value)s” is neither text nor a whole number.") % {"value": value})
    return str(value).strip()


def _account(known: Mapping[str, Any]) -> BankAccount:
    bank = _bank(_text(known.get("bank")))
    agency, _digit = _split(_text(known.get("agency")))
    number, account_digit = _split(_text(known.get("account")))
    code, code_digit = _split(_text(known.get("code")))
    code_digit = code_digit or _text(known.get("code_digit"))
    if bank == accounts.SICOOB:
        # Sicoob's code of the client includes its digit.
        code, code_digit = code + code_digit, ""
    carteira = _text(known.get("carteira")) or _DEFAULT_CARTEIRA.get(bank, "")
    variation = _text(known.get("variation")) or ("01" if bank == accounts.SICOOB else "")
    account = BankAccount(
        bank=bank,
        agency=agency,
        account=number,
        account_digit=_text(known.get("account_digit")) or account_digit,
        code=code,
        carteira=carteira,
        variation=variation,
        long_numbers=_is_long(bank, code, carteira, known),
    )
    if bank == accounts.CAIXA and code_digit and accounts.caixa_code(account)[-1] != code_digit:
        raise SlipDataError(_("The digit of the beneficiary's code is wrong."))
    return account


def _bank(text: str) -> str:
    bank = _BANK_NAMES.get(_plain(text), text)
    if not bank:
        raise SlipDataError(_("The bank is missing."))
    bank = accounts.fit(bank, 3, _("Bank"))
    if bank not in accounts.BANKS:
        raise accounts.unknown_bank(bank)
    return bank


def _split(text: str) -> tuple[str, str]:
    """Number and digit of ``1234-5``; dots and blanks are dropped."""
    number, _hyphen, digit = text.replace(".", "").replace(" ", "").partition("-")
    return number, digit


def _is_long(bank: str, code: str, carteira: str, known: Mapping[str, Any]) -> bool:
    """Whether the number is one of 17 digits under a convênio of 6 (Banco do Brasil)."""
    said = known.get("long_numbers")
    if bank != accounts.BB:
        return False
    if said not in (None, ""):
        return said is True or str(said).strip().casefold() in ("17", "1", "true", "sim", "yes")
    number, _digit = _split(_text(known.get("number")))
    six = len(accounts.bb_code(BankAccount(bank=bank, code=code))) == 6
    return six and (carteira == "21" or len(number) == 17)


def _number(account: BankAccount, value: object) -> _Number:
    text = _text(value)
    if not text:
        raise SlipDataError(_("The number is missing."))
    prefix, slash, rest = text.replace(".", "").replace(" ", "").rpartition("/")
    digits, _hyphen, check = rest.partition("-")
    if slash and account.bank == accounts.SICREDI:
        digits = prefix + digits
    elif slash and prefix.lstrip("0") != account.carteira.lstrip("0"):
        raise SlipDataError(_("The number is of another carteira: %(text)s.") % {"text": text})
    if not (digits.isascii() and digits.isdecimal()):
        raise SlipDataError(_("Number: digits are needed, not “%(text)s”.") % {"text": text})
    if account.bank == accounts.BB:
        return _Number(digits=_without_convenio(account, digits), check=check)
    size = _SIZES[account.bank]
    if isinstance(value, str) and not check and len(digits) == size + 1:
        digits, check = digits[:-1], digits[-1]
    if account.bank == accounts.CAIXA:
        return _caixa_number(digits, check)
    return _Number(digits=digits, check=check)


def _without_convenio(account: BankAccount, digits: str) -> str:
    """The sequence of a number that was given with the convênio before it."""
    code = accounts.bb_code(account)
    whole = {4: 11, 6: 11, 7: 17}[len(code)]
    if not account.long_numbers and len(digits) == whole and digits.startswith(code):
        return digits[len(code) :]
    return digits


def _caixa_number(digits: str, check: str) -> _Number:
    """A number of 17 digits says its carteira in the first two."""
    if len(digits) != 17 or digits[:2] == "00":
        return _Number(digits=digits, check=check)
    kind = digits[:2]
    if kind not in ("11", "14", "21", "24"):
        raise SlipDataError(
            _("Number: Caixa's begin with 11, 14, 21 or 24, not %(kind)s.") % {"kind": kind}
        )
    return _Number(digits=digits[2:], check=check, carteira=kind)


def _sicredi_number(number: _Number, known: Mapping[str, Any]) -> str:
    """Year 2, byte 1, sequence 5 of a number that was given whole or without year and byte."""
    digits = number.digits
    if len(digits) in (7, 8):
        return digits.zfill(8)
    year = _text(known.get("year"))
    if not year and (issued := _day(known.get("issued_on"), "issued_on")):
        year = str(issued.year)
    if not year:
        raise SlipDataError(
            _(
                "Sicredi's numbers carry the year of issue: give the whole number, year or issued_on."
            )
        )
    byte = _text(known.get("byte")) or "2"
    sequence = digits if len(digits) == 6 else byte + accounts.fit(digits, 5, _("Number"))
    return f"{int(accounts.fit(year, 4, 'year')) % 100:02d}{sequence}"


def _cents(value: object) -> int:
    text = _text(value)
    if not text:
        raise SlipDataError(_("The amount is missing."))
    if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdecimal()):
        raise SlipDataError(
            _("The amount is a whole number of cents, not “%(text)s”.") % {"text": text}
        )
    return int(text[:20])


def _day(value: object, key: str) -> date | None:
    text = _text(value)
    if not text:
        return None
    for written in ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d-%m-%Y"):
        try:
            return datetime.strptime(text, written).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise SlipDataError(
        _("%(key)s: “%(text)s” is no date (2026-12-31 or 31/12/2026).") % {"key": key, "text": text}
    )


def _doubts(account: BankAccount) -> list[str]:
    """What does not stop a slip and should be looked at."""
    if account.bank != accounts.ITAU or not account.account_digit:
        return []
    right = accounts.itau_account_digit(replace(account, account_digit=""))
    if right == account.account_digit:
        return []
    return [
        _("The digit of branch and account is %(right)s, not %(given)s.")
        % {"right": right, "given": account.account_digit}
    ]
