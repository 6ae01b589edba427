"""Free field: the 25 digits of a bar code that are the bank's own, for the seven banks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from portal.payments.banks import accounts, digits
from portal.payments.banks.accounts import BankAccount, OurNumber, carteira, fit
from portal.payments.banks.lines import line_of, make_barcode


@dataclass(frozen=True, kw_only=True)
class SlipCodes:
    """What is printed on a slip: number with its digit, bar code of 44 digits, line of 47."""

    number: OurNumber
    free_field: str
    barcode: str
    line: str


@dataclass(frozen=True, kw_only=True)
class FreeFieldInput:
    """What free fields are made of. ``own_number`` is the document number (Itaú, some carteiras),
    ``parcel`` the instalment (Sicoob), ``iof`` the tax of insurers (Santander)."""

    account: BankAccount
    number: OurNumber
    cents: int
    own_number: str = ""
    parcel: int = 1
    iof: str = "0"


def _bb(slip: FreeFieldInput) -> str:
    account, code = slip.account, accounts.bb_code(slip.account)
    if account.long_numbers:
        return f"{code}{slip.number.digits}21"
    kind = carteira(account, 2)
    if len(code) == 7:
        return f"000000{code}{slip.number.digits}{kind}"
    agency = fit(account.agency, 4, _("Branch"))
    return f"{code}{slip.number.digits}{agency}{fit(account.account, 8, _('Account'))}{kind}"


def _santander(slip: FreeFieldInput) -> str:
    number = slip.number.digits + slip.number.check
    code = fit(slip.account.code, 7, _("Code of the beneficiary"))
    return f"9{code}{number}{fit(slip.iof, 1, 'IOF')}{carteira(slip.account, 3)}"


def _caixa(slip: FreeFieldInput) -> str:
    n = slip.number.digits
    code = accounts.caixa_code(slip.account)
    field = f"{code}{n[2:5]}{n[0]}{n[5:8]}{n[1]}{n[8:17]}"
    return f"{field}{digits.modulo_11(field)}"


def _bradesco(slip: FreeFieldInput) -> str:
    account = slip.account
    agency = fit(account.agency, 4, _("Branch"))
    number = fit(account.account, 7, _("Account"))
    return f"{agency}{carteira(account, 2)}{slip.number.digits}{number}0"


def _itau(slip: FreeFieldInput) -> str:
    account, kind = slip.account, carteira(slip.account, 3)
    if kind in accounts.ITAU_OWN_NUMBER:
        own = fit(slip.own_number, 7, _("Document number"))
        field = f"{kind}{slip.number.digits}{own}{fit(account.code, 5, _('Code of the client'))}"
        return f"{field}{digits.modulo_10(field)}0"
    agency = fit(account.agency, 4, _("Branch"))
    number = fit(account.account, 5, _("Account"))
    digit = accounts.itau_account_digit(account)
    return f"{kind}{slip.number.digits}{slip.number.check}{agency}{number}{digit}000"


def _sicredi(slip: FreeFieldInput) -> str:
    number = slip.number.digits + slip.number.check
    # The last but one digit says whether the slip names an amount.
    named = "1" if slip.cents else "0"
    kind, place = accounts.sicredi_kind(slip.account), accounts.sicredi_place(slip.account)
    field = f"{kind}1{number}{place}{named}0"
    return f"{field}{digits.modulo_11(field)}"


def _sicoob(slip: FreeFieldInput) -> str:
    account = slip.account
    agency = fit(account.agency, 4, _("Branch"))
    modality = fit(account.variation, 2, _("Modality"))
    client = fit(account.code, 7, _("Code of the client"))
    number = slip.number.digits + slip.number.check
    parcel = fit(str(slip.parcel), 3, _("Parcel"))
    return f"{carteira(account, 1)}{agency}{modality}{client}{number}{parcel}"


_FREE_FIELDS: dict[str, Callable[[FreeFieldInput], str]] = {
    accounts.BB: _bb, accounts.SANTANDER: _santander, accounts.CAIXA: _caixa,
    accounts.BRADESCO: _bradesco, accounts.ITAU: _itau, accounts.SICREDI: _sicredi,
    accounts.SICOOB: _sicoob,
}  # fmt: skip


def slip_codes(
    account: BankAccount,
    number: int,
    *,
    cents: int,
    due_on: date | None,
    own_number: str = "",
    parcel: int = 1,
    iof: str = "0",
) -> SlipCodes:
    """Number, free field, bar code and line of a slip.

    Raises SlipDataError that says which value is missing, too long or unknown.
    """
    ours = accounts.our_number(account, number)
    field = _FREE_FIELDS[account.bank](
        FreeFieldInput(
            account=account,
            number=ours,
            cents=cents,
            own_number=own_number,
            parcel=parcel,
            iof=iof,
        )
    )
    barcode = make_barcode(bank=account.bank, due_on=due_on, cents=cents, free_field=field)
    return SlipCodes(number=ours, free_field=field, barcode=barcode, line=line_of(barcode))
