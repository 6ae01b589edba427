"""Slips as people and programs write them: one mapping of names to values a slip.

Names have aliases, numbers may be text or integers, padded with zeros or not, with their check
digit after a hyphen. What is missing is named all at once; what contradicts itself is refused;
what is not understood is named.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
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
    "agency_digit": ("branch_digit", "agencia_dv", "digito_agencia", "agency_dv"),
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
    "santander": accounts.SANTANDER, "bradesco": accounts.BRADESCO, "itau": accounts.ITAU,
    "bb": accounts.BB, "brasil": accounts.BB, "caixa": accounts.CAIXA, "cef": accounts.CAIXA,
    "sicoob": accounts.SICOOB, "bancoob": accounts.SICOOB, "sicredi": accounts.SICREDI,
}  # fmt: skip
# Names under which the values of the agreement may stand together.
_GROUPS = {"agreement", "agreement_fields", "bank_account", "account", "convenio", "conta"}
_DEFAULT_CARTEIRA = {accounts.CAIXA: "1", accounts.SICREDI: "1", accounts.SICOOB: "1"}
_MOST_DIGITS = 30  # no number of a slip is longer
_DAYS = [
    (re.compile(shape, re.ASCII), written)
    for shape, written in (
        (r"\d{4}-\d{1,2}-\d{1,2}", "%Y-%m-%d"), (r"\d{8}", "%Y%m%d"),
        (r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y"), (r"\d{1,2}-\d{1,2}-\d{4}", "%d-%m-%Y"),
        (r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y"),
    )
]  # fmt: skip
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

    Raises SlipDataError that says which values are missing or wrong.
    """
    known = _by_key(values)
    _refuse_missing(known)
    account = _account(known)
    number = _number(account, _text(known, "number"))
    if number.carteira:
        account = replace(account, carteira=number.carteira)
    if account.bank == accounts.SICREDI:
        number = replace(number, digits=_sicredi_number(number, known))
    codes = slip_codes(
        account,
        int(number.digits),
        cents=_cents(_text(known, "amount_cents")),
        due_on=_day(known, "due_on"),
        own_number=_text(known, "own_number"),
        parcel=int(accounts.fit(_text(known, "parcel") or "1", 3, _("Parcel"))),
        iof=_text(known, "iof") or "0",
    )
    if number.check and number.check.upper() != codes.number.check:
        raise SlipDataError(
            _("Number: its check digit is %(right)s, not %(given)s.")
            % {"right": codes.number.check or _("none"), "given": number.check}
        )
    return ReadSlip(
        account=account, codes=codes, warnings=[*unknown_keys(values), *_doubts(account)]
    )


def unknown_keys(values: Mapping[str, Any]) -> list[str]:
    """A warning for each name that says nothing of a slip."""
    names = (name for name, _value in _flat(values) if _plain(name) not in _BY_ALIAS)
    return [_("Unknown key: %(name)s") % {"name": name} for name in names]


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Names and values, those within an object like ``agreement`` too."""
    for name, value in values.items():
        if isinstance(value, dict) and _plain(name) in _GROUPS:
            yield from value.items()
        else:
            yield name, value


def _by_key(values: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, value in _flat(values):
        key = _BY_ALIAS.get(_plain(name))
        if key is None:
            continue
        if known.get(key) in (None, ""):
            known[key] = value
        elif value not in (None, "") and _text({key: value}, key) != _text(known, key):
            raise SlipDataError(_("%(key)s is given twice.") % {"key": key})
    return known


def _refuse_missing(known: Mapping[str, Any]) -> None:
    """Raises SlipDataError that names every key which the slip needs and does not have."""
    needed = _needed(_bank(_text(known, "bank")), known)
    # Without a due date it says so by null.
    missing = [
        key for key in needed if key not in known or not (_text(known, key) or key == "due_on")
    ]
    if missing:
        raise SlipDataError(_("Missing: %(keys)s.") % {"keys": ", ".join(missing)})


def needed_keys(values: Mapping[str, Any]) -> list[str]:
    """The keys that slips of this bank need. Raises SlipDataError for an unknown bank."""
    known = _by_key(values)
    return _needed(_bank(_text(known, "bank")), known)


def _needed(bank: str, known: Mapping[str, Any]) -> list[str]:
    code, _digit = _split(_text(known, "code"))
    carteira = _text(known, "carteira")
    match bank:
        case accounts.BB:
            needed = ["code"]
            if not _is_long(bank, code, carteira, known):
                short = len(code.lstrip("0")) < 7
                needed += ["carteira", *(("agency", "account") if code and short else ())]
        case accounts.SANTANDER:
            needed = ["code", "carteira"]
        case accounts.CAIXA:
            needed = ["code"]
        case accounts.SICREDI:
            needed = ["agency", "variation", "code"]
        case accounts.SICOOB:
            needed = ["agency", "code"]
        case accounts.ITAU if carteira in accounts.ITAU_OWN_NUMBER:
            needed = ["code", "own_number"]
        case _:
            needed = ["agency", "account", "carteira"]
    return ["bank", *needed, "number", "amount_cents", "due_on"]


def _plain(name: str) -> str:
    """``Nosso Número`` and ``nossoNumero`` → ``nosso_numero``."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return bare.strip().replace(" ", "_").replace("-", "_")


def _text(known: Mapping[str, Any], key: str) -> str:
    """The value of a key as text; nothing for None or where there is none.

    Raises SlipDataError for what is neither text nor a whole number.
    """
    value = known.get(key)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise SlipDataError(
            _("%(key)s: “%(value)s” is neither text nor a whole number.")
            % {"key": key, "value": str(value)[:40]}
        )
    return str(value).strip()


def _account(known: Mapping[str, Any]) -> BankAccount:
    bank = _bank(_text(known, "bank"))
    agency, _digit = _split(_text(known, "agency"))
    number, account_digit = _split(_text(known, "account"))
    code, code_digit = _split(_text(known, "code"))
    code_digit = _text(known, "code_digit") or code_digit
    if bank == accounts.SICOOB:
        # Sicoob's code of the client includes its digit.
        code, code_digit = code + code_digit, ""
    elif bank == accounts.CAIXA and not code_digit:
        code, code_digit = _caixa_code(code)
    carteira = _text(known, "carteira") or _DEFAULT_CARTEIRA.get(bank, "")
    if bank == accounts.BB:
        # "17/019" and "17-019" name the variation too, which no slip has.
        carteira = re.split("[/-]", carteira)[0].strip()
    account = BankAccount(
        bank=bank,
        agency=agency,
        account=number,
        account_digit=_text(known, "account_digit") or account_digit,
        code=code,
        carteira=carteira,
        variation=_text(known, "variation") or ("01" if bank == accounts.SICOOB else ""),
        long_numbers=_is_long(bank, code, carteira, known),
    )
    if bank == accounts.CAIXA and code_digit and accounts.caixa_code(account)[-1] != code_digit:
        raise SlipDataError(_("The digit of the beneficiary's code is wrong."))
    return account


def _caixa_code(code: str) -> tuple[str, str]:
    """Code and digit of one of seven digits that is too low to be a code of seven itself."""
    if len(code) == 7 and code.isdecimal() and 100_000_0 <= int(code) < accounts.CAIXA_SEVEN:
        return code[:6], code[6]
    return code, ""


def _bank(text: str) -> str:
    if not text:
        raise SlipDataError(_("The bank is missing."))
    words = _plain(text).split("_")
    named = next((bank for word, bank in _BANK_NAMES.items() if word in words), "")
    # "341-7": with the digit that is printed at the head of a slip.
    bank = named or accounts.fit(text.partition("-")[0].strip(), 3, _("Bank"))
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
    number, _digit = _split(_text(known, "number"))
    six = len(accounts.bb_code(BankAccount(bank=bank, code=code))) == 6
    return six and (carteira == "21" or len(number) == 17)


def _number(account: BankAccount, text: str) -> _Number:
    prefix, slash, rest = text.replace(".", "").replace(" ", "").rpartition("/")
    digits, _hyphen, check = rest.partition("-")
    if slash and account.bank in (accounts.SICREDI, accounts.CAIXA):
        digits = prefix + digits
    elif slash and prefix.lstrip("0") != account.carteira.lstrip("0"):
        raise SlipDataError(_("The number is of another carteira: %(text)s.") % {"text": text})
    if not (digits.isascii() and digits.isdecimal()):
        raise SlipDataError(_("Number: digits are needed, not “%(text)s”.") % {"text": text[:40]})
    if len(digits) > _MOST_DIGITS:
        raise SlipDataError(
            _("%(name)s: %(text)s has more than %(size)d digits.")
            % {"name": _("Number"), "text": f"{digits[:_MOST_DIGITS]}…", "size": _MOST_DIGITS}
        )
    if account.bank == accounts.BB:
        return _without_convenio(account, digits, check)
    size = _SIZES[account.bank]
    if not check and len(digits) == size + 1:
        digits, check = digits[:-1], digits[-1]
    if account.bank == accounts.CAIXA:
        return _caixa_number(digits, check)
    return _Number(digits=digits, check=check)


def _without_convenio(account: BankAccount, digits: str, check: str) -> _Number:
    """The sequence of a number that was given with the convênio before it, and its digit."""
    code = accounts.bb_code(account)
    whole = {4: 11, 6: 11, 7: 17}[len(code)]
    if account.long_numbers or not digits.startswith(code):
        return _Number(digits=digits, check=check)
    if len(code) < 7 and len(digits) == whole + 1 and not check:
        digits, check = digits[:-1], digits[-1]
    return _Number(digits=digits[len(code) :] if len(digits) == whole else digits, check=check)


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
    year = _text(known, "year")
    if not year and (issued := _day(known, "issued_on")):
        year = str(issued.year)
    if not year:
        raise SlipDataError(
            _(
                "Sicredi's numbers carry the year of issue: give the whole number, year or issued_on."
            )
        )
    byte = accounts.fit(_text(known, "byte") or "2", 1, "byte")
    sequence = digits if len(digits) == 6 else byte + accounts.fit(digits, 5, _("Number"))
    return f"{int(accounts.fit(year, 4, 'year')) % 100:02d}{sequence}"


def _cents(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        raise SlipDataError(
            _("The amount is a whole number of cents, not “%(text)s”.") % {"text": text[:40]}
        )
    cents = int(digits.lstrip("0")[:20] or "0")
    return -cents if text.startswith("-") else cents


def _day(known: Mapping[str, Any], key: str) -> date | None:
    """A day; the hour after it, if any, is left out (``2026-12-31T00:00:00``)."""
    text = _text(known, key)
    if not text:
        return None
    day = re.split("[T ]", text)[0]
    for shape, written in _DAYS:
        if shape.fullmatch(day):
            try:
                return datetime.strptime(day, written).date()  # noqa: DTZ007
            except ValueError:
                break
    raise SlipDataError(
        _("%(key)s: “%(text)s” is no date (2026-12-31 or 31/12/2026).")
        % {"key": key, "text": text[:40]}
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
