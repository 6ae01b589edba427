"""Remessas: every position that the manuals fix, and the lines that were published."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from portal.payments.banks.accounts import BankAccount
from portal.payments.banks.cnab_layouts import LAYOUTS
from portal.payments.banks.cnab_writing import (
    CHANGE_DUE,
    REGISTER,
    WITHDRAW,
    Company,
    SlipOrder,
    as_bytes,
    company_values,
    folded,
    line_of,
    order_values,
    remittance,
)
from portal.payments.banks.digits import SlipDataError

AT = datetime(2026, 3, 10, 14, 5, 9, tzinfo=UTC)
ORDER = SlipOrder(
    movement=REGISTER, number=42, document="4001", cents=15_000, interest=100, fine=200, late_days=30,
    due_on=date(2026, 3, 20), issued_on=date(2026, 3, 10), payer="José da Conceição º 1", payer_tax_id="12345678909",
    street="Rua São João, 10", district="Água Verde", cep="80010000", city="São José dos Pinhais",
    state="PR",
)  # fmt: skip


def company(bank: str, **account: Any) -> Company:
    return Company(
        account=replace(BankAccount(bank=bank, agency="1234", account="56789"), **account), agency_digit="3", name="AR Exemplo Ltda – Matriz",
        cnpj="11222333000181", is_test=False,
    )  # fmt: skip


BB = company("001", account_digit="2", code="1234567", carteira="17", variation="019")
ITAU = company("341", account_digit="7", carteira="109")
CAIXA = company("104", code="123456", carteira="1")
# Segment P, 18 to 62, as published: agency 1234-3, account 56789, number 42.
PUBLISHED = [
    (BB, 42, "0123430000000567892 12345670000000042   71122"),
    (ITAU, 42, "01234 000000056789 7109000000424        00000"),
    (
        company("237", account_digit="0", carteira="09"), 42,
        "0123430000000567890 0090000000000000042911122",
    ),
    (CAIXA, 42, "012343123456000000000001400000000000004211220"),
    (
        company("033", account_digit="0", code="1234567", carteira="101"), 42,
        "1234300005678900000567890  0000000000426512  ",
    ),
    (
        company("756", account_digit="0", code="12345", carteira="1", variation="01"), 42,
        "0123430000000567890 000000042301014     10 22",
    ),
    (
        company("748", account_digit="0", code="12345", carteira="1", variation="02"), 26_200_042,
        "01234 0000000123450 262000428           11122",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("of", "number", "published"), PUBLISHED, ids=lambda v: str(v)[:3])
def test_segment_p_is_as_published(of: Company, number: int, published: str):
    layout = LAYOUTS[of.account.bank]
    values = {
        **company_values(of, layout, nsa=1, at=AT),
        **order_values(of, layout, replace(ORDER, number=number)), "segment": "P", "sequence": "1",
    }  # fmt: skip
    assert line_of(layout, "P", values)[17:62] == published


def at(line: str, first: int, last: int) -> str:
    return line[first - 1 : last]


def check(line: str, expected: dict[tuple[int, int], str]) -> None:
    assert {place: at(line, *place) for place in expected} == expected


def test_a_file_of_banco_do_brasil_position_by_position():
    header, lot, p, q, r, end, last = remittance(BB, [ORDER], nsa=7, at=AT)
    check(header, {
        (1, 3): "001", (4, 7): "0000", (8, 8): "0", (9, 17): " " * 9, (18, 18): "2",
        (19, 32): "11222333000181", (33, 52): "001234567001417019  ", (53, 57): "01234",
        (58, 58): "3", (59, 70): "000000056789", (71, 71): "2", (72, 72): " ",
        (73, 102): "AR EXEMPLO LTDA - MATRIZ      ", (103, 132): "BANCO DO BRASIL S.A.".ljust(30),
        (143, 143): "1", (144, 157): "10032026140509", (158, 163): "000007", (164, 166): "083",
        (192, 240): " " * 49,
    })  # fmt: skip
    check(lot, {
        (1, 17): "00100011R01  042 ", (18, 18): "2", (19, 33): "011222333000181",
        (34, 53): "001234567001417019  ", (54, 59): "012343", (60, 72): "0000000567892",
        (184, 191): "00000007", (192, 199): "10032026", (200, 207): "00000000",
    })  # fmt: skip
    check(p, {
        (1, 17): "0010001300001P 01", (63, 77): "4001".ljust(15), (78, 85): "20032026",
        (86, 100): "000000000015000", (101, 106): "000000", (107, 108): "04", (109, 109): "N",
        (110, 117): "10032026", (118, 118): "2", (119, 126): "21032026",
        (127, 141): "000000000000100", (142, 195): "0" * 54, (196, 220): "4001".ljust(25),
        (221, 223): "300", (224, 227): "0000", (228, 229): "09", (230, 239): "0" * 10,
        (240, 240): " ",
    })  # fmt: skip
    check(q, {
        (1, 17): "0010001300002Q 01", (18, 18): "1", (19, 33): "000012345678909",
        (34, 73): "JOSE DA CONCEICAO O 1".ljust(40), (74, 113): "RUA SAO JOAO, 10".ljust(40),
        (114, 128): "AGUA VERDE".ljust(15), (129, 136): "80010000", (137, 151): "SAO JOSE DOS PI",
        (152, 153): "PR",
    })  # fmt: skip
    check(r, {
        (1, 17): "0010001300003R 01", (18, 65): "0" * 48, (66, 66): "2", (67, 74): "21032026",
        (75, 89): "000000000000200", (200, 207): "00000000",
    })  # fmt: skip
    check(end, {(1, 8): "00100015", (18, 23): "000005"})
    check(last, {(1, 8): "00199999", (18, 23): "000001", (24, 29): "000007"})


def test_a_file_of_itau_position_by_position():
    header, lot, p, q, r, *_ends = remittance(ITAU, [ORDER], nsa=1, at=AT)
    check(header, {
        (33, 52): " " * 20, (53, 72): "01234 000000056789 7", (103, 132): "BANCO ITAU SA".ljust(30),
        (164, 166): "040",
    })  # fmt: skip
    check(lot, {(14, 16): "030", (34, 53): " " * 20, (54, 73): "01234 000000056789 7"})
    check(p, {
        (63, 77): "4001".ljust(15), (107, 108): "08", (118, 118): "0", (119, 126): "21032026",
        (127, 141): "000000000000005", (142, 142): "0", (224, 227): "1300",
    })  # fmt: skip
    check(q, {(34, 63): "JOSE DA CONCEICAO O 1".ljust(30), (64, 73): " " * 10})
    check(r, {(66, 66): "2"})


def test_a_file_of_caixa_position_by_position():
    header, lot, p, *_rest = remittance(CAIXA, [ORDER], nsa=1, at=AT)
    check(header, {
        (33, 52): "0" * 20, (53, 58): "012343", (59, 72): "12345600000000", (164, 166): "101",
        (192, 211): " " * 20,
    })  # fmt: skip
    check(lot, {
        (14, 16): "060", (34, 53): "123456" + "0" * 14, (54, 59): "012343",
        (60, 73): "12345600000000",
    })  # fmt: skip
    check(p, {(221, 221): "3", (224, 224): "1", (225, 227): "030"})


def test_a_file_of_an_agreement_in_test_says_so():
    header, *_rest = remittance(replace(CAIXA, is_test=True), [ORDER], nsa=1, at=AT)
    assert at(header, 192, 211) == "REMESSA-TESTE".ljust(20)
    _header, lot, *_rest = remittance(replace(BB, is_test=True), [ORDER], nsa=1, at=AT)
    assert at(lot, 52, 53) == "TS"


def test_withdrawals_and_new_due_dates_need_no_fine():
    orders = [
        ORDER, replace(ORDER, movement=WITHDRAW, number=41),
        replace(ORDER, movement=CHANGE_DUE, number=40, due_on=date(2026, 4, 1)),
    ]  # fmt: skip
    lines = remittance(BB, orders, nsa=8, at=AT)
    assert [line[13] + line[15:17] for line in lines[2:-2]] == [
        "P01", "Q01", "R01", "P02", "Q02", "P06", "Q06",
    ]  # fmt: skip
    assert [line[8:13] for line in lines[2:-2]] == [f"{n:05d}" for n in range(1, 8)]
    assert lines[-4][13:17] == "P 06"
    assert at(lines[-4], 78, 85) == "01042026"
    assert at(lines[-2], 18, 23) == "000009"
    assert at(lines[-1], 24, 29) == "000011"


@pytest.mark.parametrize("of", [BB, ITAU, CAIXA], ids=["BB", "Itaú", "Caixa"])
def test_each_line_has_240_bytes_of_upper_case_ascii(of: Company):
    odd = replace(ORDER, payer="Ação & “Cia” ñ € 漢字" * 5, street="Nº 5 ª –", city="ÎLE")
    data = as_bytes(remittance(of, [odd] * 3, nsa=1, at=AT))
    assert data.endswith(b"\r\n")
    lines = data.split(b"\r\n")[:-1]
    assert {len(line) for line in lines} == {240}
    assert data.decode("ascii") == data.decode("ascii").upper()


def test_without_interest_and_fine_the_fields_say_none():
    free = replace(ORDER, interest=0, fine=0)
    _header, _lot, p, q, *_ends = remittance(BB, [free], nsa=1, at=AT)
    check(p, {(118, 118): "3", (119, 141): "0" * 23})
    assert q[13] == "Q"


def test_what_does_not_fit_is_refused():
    with pytest.raises(SlipDataError):
        remittance(BB, [replace(ORDER, cep="80010-00X")], nsa=1, at=AT)
    with pytest.raises(SlipDataError):
        remittance(BB, [ORDER], nsa=10_000_000, at=AT)
    with pytest.raises(SlipDataError):
        remittance(company("756", code="1", carteira="1", variation="01"), [ORDER], nsa=1, at=AT)


def test_text_is_folded_before_it_is_cut():
    assert folded("Conceição nº 1ª – ½") == "CONCEICAO NO 1A - 1 2"


def test_the_fields_of_a_record_never_overlap():
    for layout in LAYOUTS.values():
        for name in ("file_header", "lot_header", "P", "Q", "R", "lot_trailer", "file_trailer"):
            places = [(first, last) for first, last, _kind, _value in layout.fields(name)]
            for (_first, last), (first, _last) in pairwise(places):
                assert last < first, (layout.bank, name, first)
