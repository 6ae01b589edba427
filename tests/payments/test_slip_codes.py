"""Free field, number, bar code and line of the seven banks against published slips."""

from dataclasses import replace
from datetime import date

import pytest

from portal.payments.banks import accounts
from portal.payments.banks.accounts import BankAccount, next_number, our_number
from portal.payments.banks.digits import SlipDataError, modulo_10
from portal.payments.banks.free_field import slip_codes
from portal.payments.banks.lines import barcode_of, print_line
from tests.payments.published import CAIXA, PUBLISHED, Published

# Number 42 at each bank, as the remessas of the banks' manuals want it.
SYNTHETIC = [
    (BankAccount(bank="001", code="1234567", carteira="17"), 42, "12345670000000042"),
    (BankAccount(bank="341", agency="1234", account="56789", carteira="109"), 42, "109/00000042-4"),
    (BankAccount(bank="237", agency="1234", account="56789", carteira="09"), 42,
     "09/00000000042-9"),
    (BankAccount(bank="104", code="123456", carteira="1"), 42, "14000000000000042-1"),
    (BankAccount(bank="033", code="1234567", carteira="101"), 42, "000000000042-6"),
    (BankAccount(bank="756", agency="1234", code="12345", carteira="1", variation="01"), 42,
     "0000042-3"),
    (BankAccount(bank="748", agency="1234", code="12345", variation="02"), 26200042,
     "26/200042-8"),
]  # fmt: skip


@pytest.mark.parametrize("slip", PUBLISHED, ids=lambda slip: slip.line)
def test_each_published_slip_comes_out_digit_by_digit(slip: Published) -> None:
    codes = slip_codes(
        slip.account, slip.number, cents=slip.cents, due_on=slip.due_on, own_number=slip.own_number
    )
    assert print_line(codes.line) == slip.line
    assert barcode_of(slip.line) == codes.barcode
    assert slip.printed in ("", codes.number.printed)


@pytest.mark.parametrize(("account", "number", "printed"), SYNTHETIC)
def test_a_number_is_printed_with_its_digit(
    account: BankAccount, number: int, printed: str
) -> None:
    assert our_number(account, number).printed == printed


def test_at_least_three_published_slips_of_each_bank_are_compared() -> None:
    for bank in accounts.BANKS:
        assert sum(slip.account.bank == bank for slip in PUBLISHED) >= 3


def test_digits_that_are_letters() -> None:
    """Banco do Brasil prints X for ten and Bradesco P."""
    bb = BankAccount(bank="001", code="123879", carteira="18", agency="4042", account="61900")
    assert {our_number(bb, number).check for number in range(40)} == {*"0123456789X"}
    bradesco = BankAccount(bank="237", carteira="19", agency="1234", account="1")
    assert our_number(bradesco, 1).printed == "19/00000000001-P"
    assert our_number(bradesco, 6).printed == "19/00000000006-0"


def test_some_carteiras_of_itau_take_the_digit_over_carteira_and_number_alone() -> None:
    account = BankAccount(bank="341", agency="0810", account="53678", carteira="168")
    for carteira in ("126", "131", "146", "150", "168"):
        number = our_number(replace(account, carteira=carteira), 258281)
        assert number.check == str(modulo_10(f"{carteira}00258281"))
    assert our_number(replace(account, carteira="109"), 258281).check == str(
        modulo_10("08105367810900258281")
    )


@pytest.mark.parametrize("carteira", sorted(accounts.ITAU_OWN_NUMBER))
def test_some_carteiras_of_itau_carry_the_own_number_and_the_client(carteira: str) -> None:
    account = BankAccount(
        bank="341", agency="0810", account="53678", carteira=carteira, code="12345"
    )
    field = slip_codes(account, 258281, cents=1, due_on=None, own_number="1234567").free_field
    assert field[:23] == f"{carteira}00258281123456712345"
    assert field[23:] == f"{modulo_10(field[:23])}0"


def test_caixa_codes_have_seven_digits_from_1100000_on() -> None:
    caixa = CAIXA[0].account
    for code, start in (("1100000", "1100000"), ("0005507", "0055077"), ("5507", "0055077")):
        codes = slip_codes(replace(caixa, code=code), 1, cents=1, due_on=None)
        assert codes.free_field.startswith(start)
    with pytest.raises(SlipDataError, match="1099999"):
        slip_codes(replace(caixa, code="1099999"), 1, cents=1, due_on=None)


def test_a_slip_of_sicredi_without_an_amount_says_so() -> None:
    account = SYNTHETIC[-1][0]
    named = slip_codes(account, 26200042, cents=100, due_on=None).free_field
    unnamed = slip_codes(account, 26200042, cents=0, due_on=None).free_field
    assert (named[22:24], unnamed[22:24]) == ("10", "00")


@pytest.mark.parametrize(("account", "number", "printed"), SYNTHETIC)
def test_a_number_that_is_too_long_is_refused(
    account: BankAccount, number: int, printed: str
) -> None:
    highest = accounts.last_possible_number(account, year=2026)
    assert our_number(account, highest)
    with pytest.raises(SlipDataError, match=str(10**18)):
        our_number(account, 10**18)
    with pytest.raises(SlipDataError, match="esgotou"):
        next_number(account, highest, year=2026)
    assert next_number(account, number, year=2026) == number + 1


@pytest.mark.parametrize(
    "account",
    [
        BankAccount(bank="001", code="12345678", carteira="17"),
        BankAccount(bank="001", code="1234567", carteira=""),
        BankAccount(bank="001", code="1234567", carteira="17", long_numbers=True),
        BankAccount(bank="237", agency="1234", account="12345678", carteira="09"),
        BankAccount(bank="104", code="123456", carteira="9"),
        BankAccount(bank="341", agency="12345", account="12345", carteira="109"),
        BankAccount(bank="341", agency="1234", account="12345", carteira="107", code="12345"),
        BankAccount(bank="748", agency="1234", code="12345", variation=""),
        BankAccount(bank="756", agency="1234", code="", carteira="1", variation="01"),
        BankAccount(bank="033", code="1234567", carteira="1o1"),
        BankAccount(bank="077", code="1"),
    ],
)
def test_an_account_that_cannot_be_is_refused(account: BankAccount) -> None:
    with pytest.raises(SlipDataError):
        slip_codes(account, 26200001 if account.bank == "748" else 1, cents=1, due_on=None)


def test_the_numbers_of_sicredi_begin_again_each_year() -> None:
    account = SYNTHETIC[-1][0]
    assert next_number(account, 0, year=2026) == 26200001
    assert next_number(account, 26299999, year=2026) == 26300000
    assert next_number(account, 26200042, year=2027) == 27200001


def test_a_due_date_and_an_amount_stand_in_the_bar_code() -> None:
    account = SYNTHETIC[0][0]
    barcode = slip_codes(account, 42, cents=99_999_999_99, due_on=date(2025, 2, 22)).barcode
    assert barcode[5:19] == "10009999999999"
