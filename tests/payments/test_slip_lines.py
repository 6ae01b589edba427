"""``manage.py slip_lines``: JSON lines in, JSON lines out, and a clear error for each bad one."""

import json
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from portal.payments.banks.inputs import KEYS
from portal.payments.management.commands.slip_lines import EXAMPLES, Command
from tests.payments.published import PUBLISHED, Published

ITAU = {"bank": "341", "agency": "0057", "account": "12345", "carteira": "110"}
SLIP = {"number": 12345678, "amount_cents": 123_45, "due_on": "2002-05-01"}
LINE = "34191.10121 34567.880058 71234.570001 6 16670000012345"


def _run(monkeypatch: pytest.MonkeyPatch, *lines: object) -> list[dict[str, Any]]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    monkeypatch.setattr(sys, "stdin", StringIO(text))
    out = StringIO()
    call_command("slip_lines", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def _as_json(slip: Published) -> dict[str, object]:
    account = slip.account
    fields = {
        "agency": account.agency, "account": account.account, "code": account.code,
        "account_digit": account.account_digit, "carteira": account.carteira,
        "variation": account.variation, "long_numbers": account.long_numbers or None,
    }  # fmt: skip
    return {
        "bank": account.bank, "agreement": {key: value for key, value in fields.items() if value},
        "number": slip.number, "amount_cents": slip.cents, "due_on": slip.due_on.isoformat(),
        "own_number": slip.own_number,
    }  # fmt: skip


def test_every_published_slip_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = _run(monkeypatch, *map(_as_json, PUBLISHED))
    assert [answer.get("line", answer) for answer in answers] == [slip.line for slip in PUBLISHED]
    assert {len(answer["barcode"]) for answer in answers} == {44}
    assert {len(answer["line_digits"]) for answer in answers} == {47}


def test_the_number_as_printed_is_understood_too(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = [slip for slip in PUBLISHED if slip.printed]
    asked = [_as_json(slip) | {"number": slip.printed} for slip in printed]
    answers = _run(monkeypatch, *asked)
    assert [answer.get("line", answer) for answer in answers] == [slip.line for slip in printed]


@pytest.mark.parametrize(
    "values",
    [
        {"Banco": 341, "Agência": 57, "Conta": "12345-7", "Carteira": 110,
         "Nosso Número": "0012345678", "valor": "12345", "vencimento": "01/05/2002"},
        {**ITAU, **SLIP, "number": "12345678-8", "agency": "0057-0"},
        {**ITAU, **SLIP, "number": "110/12345678-8", "bank": "Itaú"},
        {**ITAU, **SLIP, "number": "123456788"},
        {**ITAU, **SLIP, "number": 123456788, "bank": "341-7", "amount_cents": 12345.0},
        {**ITAU, **SLIP, "due_on": "01.05.2002", "bank": "Banco Itaú S.A.", "agency_digit": "1"},
        {"bank": "341", "agency": "57", "accountNumber": "12345", "carteira": "110",
         "nossoNumero": 12345678, "amountCents": "0" * 22 + "12345",
         "dueDate": "2002-05-01T00:00:00"},
        {"bank": "341", "agreement": {"agency": "57", "account": "0000012345", "carteira": "110"},
         **SLIP},
    ],
)  # fmt: skip
def test_names_and_numbers_may_be_written_in_several_ways(
    values: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    (answer,) = _run(monkeypatch, values)
    assert answer.get("line", answer) == LINE


def test_the_number_of_sicredi_may_be_whole_or_a_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    slip = {"bank": "748", "agency": "1234", "post": "2", "beneficiary": "12345",
            "amount_cents": 100, "due_on": None}  # fmt: skip
    numbers: list[dict[str, object]] = [
        {"number": "26/200042-8"},
        {"number": "262000428"},
        {"number": 26200042},
        {"number": 42, "year": 2026},
        {"number": "00042", "byte": 2, "issued_on": "2026-03-01"},
        {"number": "200042", "year": "26"},
    ]
    answers = _run(monkeypatch, *[slip | number for number in numbers])
    assert {answer.get("our_number", str(answer)) for answer in answers} == {"26/200042-8"}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"number": "12345678-9"}, "8"),
        ({"number": "1234567890"}, "1234567890"),
        ({"number": "109/12345678"}, "109"),
        ({"number": "12a"}, "12a"),
        ({"number": None}, "number"),
        ({"number": True}, "True"),
        ({"amount_cents": 10_000_000_000}, "99.999.999,99"),
        ({"amount_cents": 123.45}, "123.45"),
        ({"amount_cents": "123,45"}, "123,45"),
        ({"amount_cents": -1}, "negativo"),
        ({"amount_cents": ""}, "amount_cents"),
        ({"due_on": "2026-02-30"}, "2026-02-30"),
        ({"due_on": "1999-01-01"}, "1999-01-01"),
        ({"bank": "999"}, "999"),
        ({"bank": ""}, "banco"),
        ({"agency": "12345"}, "12345"),
        ({"carteira": "", "agency": None}, "agency, carteira"),
        ({"account": "123456"}, "123456"),
        ({"carteira": "107"}, "code, own_number"),
        ({"amount_cents": "0" * 25 + "-1"}, "-1"),
        ({"number": "9" * 5000}, "30"),
        ({"account": {"x": 1}}, "account"),
        ({"convenio": "1", "code": "2"}, "code"),
    ],
)
def test_a_bad_line_is_told_what_is_wrong_with_it(
    change: dict[str, object], word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = _run(monkeypatch, {**ITAU, **SLIP, **change}, {**ITAU, **SLIP})
    assert word in bad["error"]
    assert good["line"] == LINE


def test_a_due_date_that_is_left_out_is_missed_and_null_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slip = {**ITAU, **SLIP}
    left_out = {key: value for key, value in slip.items() if key != "due_on"} | {"duedate": "x"}
    missed, none = _run(monkeypatch, left_out, slip | {"due_on": None})
    assert "due_on" in missed["error"]
    assert "duedate" in missed["warnings"][0]
    assert missed["needs"] == [
        "bank", "agency", "account", "carteira", "number", "amount_cents", "due_on",
    ]  # fmt: skip
    assert none["barcode"][5:9] == "0000"


def test_whatever_stands_in_a_value_the_next_line_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    odd: list[object] = [
        "x", "\ud800", "9" * 5000, "-1", "", None, True, 1.5, float("nan"), [], {}, "/", "-", "1/-",
        10**400, "１２", "0", "1-", " ",
    ]  # fmt: skip
    banks = ["001", "033", "104", "237", "341", "748", "756"]
    everything = {"agency": "1", "account": "1", "code": "123456", "carteira": "1", **SLIP}
    asked = [
        everything | {"bank": bank, key: value, "year": 2026, "issued_on": "2026-01-01"}
        for bank in banks for key in KEYS for value in odd
    ]  # fmt: skip
    asked += [{"bank": bank, "agreement": value} for bank in banks for value in odd]
    answers = _run(monkeypatch, *asked, {**ITAU, **SLIP})
    assert len(answers) == len(asked) + 1
    assert answers[-1]["line"] == LINE
    assert all("error" in answer or len(answer["barcode"]) == 44 for answer in answers)


def test_a_line_in_latin_1_and_one_for_an_output_that_knows_ascii_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = json.dumps({**ITAU, **SLIP, "bank": "Itaú", "café": 1}, ensure_ascii=False)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(asked.encode("latin-1"))))
    out = BytesIO()
    written = TextIOWrapper(out, "ascii", write_through=True)
    call_command("slip_lines", stdout=written)
    answer = json.loads(out.getvalue())
    assert (answer["line"], answer["warnings"]) == (LINE, ["Chave desconhecida: café"])


def test_each_example_of_the_help_gives_the_line_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = _run(monkeypatch, *EXAMPLES)
    assert [answer.get("line", answer) for answer in answers] == list(EXAMPLES.values())
    assert not any("warnings" in answer for answer in answers)
    text = Command().create_parser("manage.py", "slip_lines").format_help()
    assert all(example in text for example in EXAMPLES)


def test_an_error_names_the_line_and_a_value_given_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "slips.jsonl"
    path.write_text('\n{"bank": "341", "number": 1, "number": 2}\n' + json.dumps({**ITAU, **SLIP}))
    out = StringIO()
    call_command("slip_lines", str(path), stdout=out)
    bad, good = map(json.loads, out.getvalue().splitlines())
    assert (bad["input_line"], good["line"]) == (2, LINE)
    assert "number" in bad["error"]
    (twice,) = _run(monkeypatch, {**ITAU, **SLIP, "agreement": {"number": 7}})
    assert "number" in twice["error"]


def test_what_is_no_json_object_has_its_error_and_blank_lines_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = _run(monkeypatch, "\ufeff{", "", "[1]", "  \r", "[" * 100_000, {**ITAU, **SLIP})
    assert [sorted(answer)[0] for answer in answers] == ["error", "error", "error", "barcode"]


def test_what_is_not_understood_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (answer,) = _run(monkeypatch, {**ITAU, **SLIP, "colour": 1, "payer": {"document": "1"}})
    assert answer["line"] == LINE
    assert [warning.split(": ")[1] for warning in answer["warnings"]] == ["colour", "payer"]


def test_a_digit_that_does_not_fit_the_account_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (answer,) = _run(monkeypatch, {**ITAU, **SLIP, "account_digit": "0"})
    assert len(answer["warnings"]) == 1


def test_the_help_lists_every_key() -> None:
    text = Command().create_parser("manage.py", "slip_lines").format_help()
    for key, aliases in KEYS.items():
        assert key in text
        assert all(alias in text for alias in aliases)
