"""Accounts at the seven banks and the numbers ("nosso número") that slips get under them.

The layouts are those of the banks' manuals. A number is held as an integer without its check
digit: at Sicredi the year, the byte and the sequence (``26200042``), elsewhere the sequence.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.payments.banks import digits
from portal.payments.banks.digits import SlipDataError

BB, SANTANDER, CAIXA, BRADESCO = "001", "033", "104", "237"
ITAU, SICREDI, SICOOB = "341", "748", "756"
# The bank's number with its digit, as it stands at the head of a slip.
PRINTED_BANK = {BB: "001-9", SANTANDER: "033-7", CAIXA: "104-0", BRADESCO: "237-2",
                ITAU: "341-7", SICREDI: "748-X", SICOOB: "756-0"}  # fmt: skip

# Caixa: codes from here on have seven digits and no check digit.
CAIXA_SEVEN = 1_100_000
# Itaú: carteiras whose free field has the own number and the client instead of the account.
ITAU_OWN_NUMBER = frozenset({"107", "122", "142", "143", "196", "198"})
# Itaú: carteiras whose number has a digit over carteira and number alone.
ITAU_SHORT_DIGIT = frozenset({"126", "131", "146", "150", "168"})
# Caixa: what the first digit of the number says, by the name of the carteira.
_CAIXA_KINDS = {"1": "14", "2": "24", "01": "14", "02": "24", "RG": "14", "CR": "14",
                "SR": "24", "14": "14", "24": "24", "11": "11", "21": "21"}  # fmt: skip
# Sicredi: kind of collection, 1 registered, 3 not.
_SICREDI_KINDS = {"": "1", "1": "1", "01": "1", "A": "1", "3": "3", "03": "3"}


@dataclass(frozen=True, kw_only=True)
class BankAccount:
    """An account and the agreement about it, as the bank names them.

    ``code`` is the convênio at Banco do Brasil, the beneficiary's code at Caixa, Santander and
    Sicredi, the client's at Sicoob (with its digit) and, for some carteiras, at Itaú.
    ``variation`` is Sicoob's modality and Sicredi's post. ``long_numbers``: a convênio of 6
    digits at Banco do Brasil with a number of 17. ``account_digit`` is computed when empty.
    """

    bank: str
    agency: str = ""
    account: str = ""
    account_digit: str = ""
    code: str = ""
    carteira: str = ""
    variation: str = ""
    long_numbers: bool = False


@dataclass(frozen=True, kw_only=True)
class OurNumber:
    """A number as free fields and files want it (``digits``, ``check``) and as it is printed."""

    digits: str
    check: str
    printed: str


def fit(text: str, size: int, name: str) -> str:
    """``text`` with zeros on the left to ``size`` digits. Raises SlipDataError naming the value."""
    if not text:
        raise SlipDataError(_("%(name)s is missing.") % {"name": name})
    if not (text.isascii() and text.isdecimal()):
        raise SlipDataError(
            _("%(name)s: digits are needed, not “%(text)s”.") % {"name": name, "text": text}
        )
    bare = text.lstrip("0")
    if len(bare) > size:
        raise SlipDataError(
            _("%(name)s: %(text)s has more than %(size)d digits.")
            % {"name": name, "text": text, "size": size}
        )
    return bare.zfill(size)


def bb_code(account: BankAccount) -> str:
    """Convênio of 4, 6 or 7 digits."""
    code = account.code
    if len(code) not in (4, 6, 7) or (len(code) == 7 and code[0] == "0"):
        bare = code.lstrip("0")
        sizes = {0: 4, 1: 4, 2: 4, 3: 4, 5: 6}
        code = bare.zfill(sizes.get(len(bare), len(bare)))
    if len(code) not in (4, 6, 7):
        raise SlipDataError(
            _("Convênio: %(code)s has neither 4, 6 nor 7 digits.") % {"code": account.code}
        )
    return fit(code, len(code), "Convênio")


def caixa_code(account: BankAccount) -> str:
    """The code of the beneficiary with its digit: 6 + 1, or 7 without a digit from 1100000 on."""
    code = fit(account.code, 7, _("Code of the beneficiary"))
    if int(code) >= CAIXA_SEVEN:
        return code
    if code[0] != "0":
        raise SlipDataError(
            _("Code of the beneficiary: %(code)s has seven digits and is below 1100000.")
            % {"code": account.code}
        )
    return f"{code[1:]}{digits.modulo_11(code[1:])}"


def itau_account_digit(account: BankAccount) -> str:
    """The digit of the account (DAC), over branch and account, when none is given."""
    if account.account_digit:
        return fit(account.account_digit, 1, _("Digit of the account"))
    return str(digits.modulo_10(_agency(account) + fit(account.account, 5, _("Account"))))


def sicredi_place(account: BankAccount) -> str:
    """Cooperative 4, post 2, beneficiary 5."""
    post = fit(account.variation, 2, _("Post"))
    return f"{_agency(account)}{post}{fit(account.code, 5, _('Code of the beneficiary'))}"


def printed_place(account: BankAccount, *, agency_digit: str = "") -> str:
    """Branch and account or code of the beneficiary, as the bank prints them on a slip."""
    agency = "-".join(filter(None, (_agency(account), agency_digit)))
    number = "-".join(filter(None, (account.account, account.account_digit)))
    match account.bank:
        case "748":
            post = fit(account.variation, 2, _("Post"))
            return f"{_agency(account)}.{post}.{fit(account.code, 5, _('Code of the beneficiary'))}"
        case "104":
            code = caixa_code(account)
            is_long = int(fit(account.code, 7, _("Code of the beneficiary"))) >= CAIXA_SEVEN
            return f"{agency}/{code if is_long else f'{code[:6]}-{code[6]}'}"
        case "033" | "756":
            return f"{agency}/{account.code}"
        case "341":
            return f"{agency}/{account.account}-{itau_account_digit(account)}"
        case _:
            return f"{agency}/{number}"


def sicredi_kind(account: BankAccount) -> str:
    """1 for registered slips, 3 for others."""
    try:
        return _SICREDI_KINDS[account.carteira.upper()]
    except KeyError:
        raise _unknown_carteira(account) from None


def carteira(account: BankAccount, size: int) -> str:
    """The carteira, with zeros on the left."""
    return fit(account.carteira, size, "Carteira")


def _agency(account: BankAccount) -> str:
    return fit(account.agency, 4, _("Branch"))


def _unknown_carteira(account: BankAccount) -> SlipDataError:
    return SlipDataError(
        _("Carteira: “%(carteira)s” is not known at this bank.") % {"carteira": account.carteira}
    )


def _bb(account: BankAccount, number: int) -> OurNumber:
    code = bb_code(account)
    if account.long_numbers:
        if len(code) != 6:
            raise SlipDataError(_("Numbers of 17 digits are of convênios of 6 digits."))
        number_17 = _number(number, 17)
        return OurNumber(digits=number_17, check="", printed=number_17)
    sequence = _number(number, {4: 7, 6: 5, 7: 10}[len(code)])
    whole = code + sequence
    if len(code) == 7:
        return OurNumber(digits=sequence, check="", printed=whole)
    check = digits.modulo_11_x(whole)
    return OurNumber(digits=sequence, check=check, printed=f"{whole}-{check}")


def _santander(account: BankAccount, number: int) -> OurNumber:  # noqa: ARG001
    sequence = _number(number, 12)
    check = str(digits.modulo_11(sequence))
    return OurNumber(digits=sequence, check=check, printed=f"{sequence}-{check}")


def _caixa(account: BankAccount, number: int) -> OurNumber:
    try:
        kind = _CAIXA_KINDS[account.carteira.upper()]
    except KeyError:
        raise _unknown_carteira(account) from None
    whole = kind + _number(number, 15)
    check = str(digits.modulo_11(whole))
    return OurNumber(digits=whole, check=check, printed=f"{whole}-{check}")


def _bradesco(account: BankAccount, number: int) -> OurNumber:
    sequence, kind = _number(number, 11), carteira(account, 2)
    check = digits.modulo_11_p(kind + sequence)
    return OurNumber(digits=sequence, check=check, printed=f"{kind}/{sequence}-{check}")


def _itau(account: BankAccount, number: int) -> OurNumber:
    sequence, kind = _number(number, 8), carteira(account, 3)
    over = kind + sequence
    if kind in ITAU_OWN_NUMBER and not (account.agency and account.account):
        # Their free field has no digit of the number; without the account none can be printed.
        return OurNumber(digits=sequence, check="", printed=f"{kind}/{sequence}")
    if kind not in ITAU_SHORT_DIGIT:
        over = _agency(account) + fit(account.account, 5, _("Account")) + over
    check = str(digits.modulo_10(over))
    return OurNumber(digits=sequence, check=check, printed=f"{kind}/{sequence}-{check}")


def _sicredi(account: BankAccount, number: int) -> OurNumber:
    whole = _number(number, 8)
    if whole[2] not in "123456789":
        raise SlipDataError(
            _("Number: %(number)s is no number of Sicredi (year, byte 1 to 9, five digits).")
            % {"number": whole}
        )
    check = str(digits.modulo_11(sicredi_place(account) + whole))
    return OurNumber(digits=whole, check=check, printed=f"{whole[:2]}/{whole[2:]}-{check}")


def _sicoob(account: BankAccount, number: int) -> OurNumber:
    sequence = _number(number, 7)
    client = fit(account.code, 7, _("Code of the client")).zfill(10)
    check = str(digits.modulo_11_3197(_agency(account) + client + sequence))
    return OurNumber(digits=sequence, check=check, printed=f"{sequence}-{check}")


def _number(number: int, size: int) -> str:
    if number < 0:
        raise SlipDataError(_("Number: %(number)d is negative.") % {"number": number})
    return fit(str(number), size, _("Number"))


_NUMBERS: dict[str, Callable[[BankAccount, int], OurNumber]] = {
    BB: _bb, SANTANDER: _santander, CAIXA: _caixa, BRADESCO: _bradesco, ITAU: _itau,
    SICREDI: _sicredi, SICOOB: _sicoob,
}  # fmt: skip
BANKS = tuple(sorted(_NUMBERS))


def unknown_bank(bank: str) -> SlipDataError:
    """The error for a bank whose slips are not known."""
    return SlipDataError(
        _("Bank %(bank)s is not known; known are %(banks)s.")
        % {"bank": bank, "banks": ", ".join(BANKS)}
    )


# What a bank tells a beneficiary's numbers apart by.
_SERIES = {
    BB: ("code",), SANTANDER: ("code",), CAIXA: ("code", "carteira"),
    BRADESCO: ("agency", "account", "carteira"), ITAU: ("agency", "account", "carteira"),
    SICREDI: ("agency", "variation", "code"), SICOOB: ("agency", "code"),
}  # fmt: skip


def series_of(account: BankAccount) -> str:
    """Names the series of numbers of an account: two agreements of one series would give the same
    number twice, and the bank knows a slip by it."""
    parts = [str(getattr(account, name)).lstrip("0") for name in _SERIES.get(account.bank, ())]
    if account.bank == CAIXA:
        parts[-1] = _CAIXA_KINDS.get(account.carteira, account.carteira)
    return ":".join([account.bank, *parts])


def printed_carteira(account: BankAccount) -> str:
    """The carteira as the bank prints it on a slip."""
    match account.bank:
        case "104":
            return {"14": "RG", "24": "SR"}.get(_CAIXA_KINDS.get(account.carteira, ""), "RG")
        case "756":
            return f"{account.carteira}/{fit(account.variation, 2, _('Modality'))}"
        case _:
            return account.carteira


def our_number(account: BankAccount, number: int) -> OurNumber:
    """A number with its check digit.

    Raises SlipDataError when it is too long or a value of the account is missing.
    """
    if account.bank not in _NUMBERS:
        raise unknown_bank(account.bank)
    return _NUMBERS[account.bank](account, number)


def last_possible_number(account: BankAccount, *, year: int) -> int:
    """The highest number that an agreement can give in this year."""
    sizes = {SANTANDER: 12, CAIXA: 15, BRADESCO: 11, ITAU: 8, SICOOB: 7}
    if account.bank == SICREDI:
        return year % 100 * 1_000_000 + 999_999
    if account.bank == BB:
        sizes[BB] = 17 if account.long_numbers else {4: 7, 6: 5, 7: 10}[len(bb_code(account))]
    return int("9" * sizes[account.bank])


def next_number(account: BankAccount, last: int, *, year: int) -> int:
    """The number after ``last``. Sicredi's begin with the year and, for the beneficiary, byte 2.

    Raises SlipDataError when the series is used up.
    """
    number = last + 1
    if account.bank == SICREDI:
        number = max(number, year % 100 * 1_000_000 + 200_001)
    if number > last_possible_number(account, year=year):
        raise SlipDataError(_("The series of numbers of this agreement is used up."))
    return number
