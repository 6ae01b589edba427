"""Files that spreadsheets open as they were meant, and never run."""

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime

import openpyxl
import pytest

from portal.sheets import parsers
from portal.sheets.columns import Column, Kind
from portal.sheets.downloads import download
from portal.sheets.formulas import guarded, unguarded
from portal.sheets.reading import read
from portal.sheets.writing import template, write_csv, write_xlsx

COLUMNS = (
    Column("nome", label="Nome", parse=parsers.text()),
    Column("numero", label="Número", kind=Kind.INTEGER, parse=parsers.integer()),
    Column("valor", label="Valor", kind=Kind.MONEY, parse=parsers.cents()),
    Column("dia", label="Dia", kind=Kind.DAY, parse=parsers.day()),
    Column("mes", label="Mês", kind=Kind.MONTH, parse=parsers.period),
    Column("em", label="Em", kind=Kind.INSTANT),
)
AT = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)  # still February in São Paulo
A_ROW = ("São; “João”", 42, -123456, date(2026, 4, 10), date(2026, 3, 1), AT)
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "=cmd|' /C calc'!A0",
    "+55",
    "＝1",
]
HARMLESS = ["-1.234,56", "-5", "+55 11 98765-4321", "+55 (11) 98765-4321", "a=b", "", "'x", "a-b"]


def csv_of(rows, columns=COLUMNS) -> str:
    return b"".join(write_csv(columns, rows)).decode()


def table(rows, columns=COLUMNS) -> list[list[str]]:
    return list(
        csv.reader(io.StringIO(csv_of(rows, columns).removeprefix("\ufeff")), delimiter=";")
    )


def sheet_of(rows, columns=COLUMNS, **options):
    out = io.BytesIO()
    write_xlsx(columns, rows, out, **options)
    return openpyxl.load_workbook(io.BytesIO(out.getvalue())).worksheets[0]


def test_a_csv_is_what_brazilian_spreadsheets_open():
    assert csv_of([A_ROW, [None] * 6]) == (
        "\ufeffNome;Número;Valor;Dia;Mês;Em\r\n"
        '"São; “João”";42;-1.234,56;10/04/2026;03/2026;28/02/2026 23:30:00\r\n'
        ";;;;;\r\n"
    )


def test_a_workbook_has_real_dates_and_numbers_under_a_header_that_stays():
    sheet = sheet_of([A_ROW, [None] * 6], title="Faturas [a/b]: tudo que há, e mais um pouco")
    header, row = sheet.iter_rows()
    assert [cell.value for cell in header] == ["Nome", "Número", "Valor", "Dia", "Mês", "Em"]
    assert all(cell.font.bold for cell in header)
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in row] == [
        "São; “João”", 42, -1234.56, datetime(2026, 4, 10), datetime(2026, 3, 1),  # noqa: DTZ001
        datetime(2026, 2, 28, 23, 30),  # noqa: DTZ001
    ]  # fmt: skip
    assert [cell.number_format for cell in row[2:5]] == ["#,##0.00", "dd/mm/yyyy", "mm/yyyy"]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_never_a_formula(text):
    [[cell]] = table([[text]], COLUMNS[:1])[1:]
    assert cell == f"'{text}".replace("\r", "")
    [cell] = sheet_of([[text]], COLUMNS[:1])[2]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert cell.value.strip() == text.strip()


@pytest.mark.parametrize("text", HARMLESS)
def test_amounts_telephone_numbers_and_other_text_stay_as_they_are(text):
    assert guarded(text) == text
    assert sheet_of([[text]], COLUMNS[:1])["A2"].data_type != "f"


@pytest.mark.parametrize("text", ["#N/A", "x\x00\x0by", "z" * 40_000])
def test_text_that_a_workbook_cannot_hold_as_it_is_is_still_text(text):
    cell = sheet_of([[text]], COLUMNS[:1])["A2"]
    assert cell.data_type == "s"
    assert cell.value == text.replace("\x00\x0b", "")[:32_767]


def test_an_integer_too_long_for_a_number_cell_is_text():
    cell = sheet_of([[1234567890123456]], COLUMNS[1:2])["A2"]
    assert cell.value == "1234567890123456"


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_what_is_written_is_read_again(extension):
    rows = [(text, 1, -5, date(2026, 4, 10), date(2026, 3, 1)) for text in ["=1+1", *HARMLESS, "x"]]
    if extension == "csv":
        data = b"".join(write_csv(COLUMNS[:5], rows))
    else:
        out = io.BytesIO()
        write_xlsx(COLUMNS[:5], rows, out)
        data = out.getvalue()
    found = [tuple(row.values.values()) for row in read(io.BytesIO(data), COLUMNS[:5])]
    assert found == [(row[0] or None, *row[1:]) for row in rows]


@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS])
def test_the_guard_comes_off_again(text):
    assert unguarded(guarded(text)) == text


def test_many_rows_are_written_in_constant_memory():
    rows = (["x" * 1000] for _ in range(3_000))
    tracemalloc.start()
    length = sum(len(chunk) for chunk in write_csv(COLUMNS[:1], rows))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert length > 3_000_000
    assert peak < 1024**2


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_template_is_read_as_it_is(extension):
    data = template(COLUMNS[:5], [["=nome", "0042", "-1,00", "10/04/2026", "03/2026"]], extension)
    [row] = read(io.BytesIO(data), COLUMNS[:5])
    assert row.errors == []
    assert list(row.texts.values()) == ["=nome", "0042", "-1,00", "10/04/2026", "03/2026"]


def test_new_cells_of_a_template_are_text_so_that_no_date_is_made_of_a_period():
    data = template(COLUMNS[:5], [["a", "1", "1", "10/04/2026", "03/2026"]], "xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    assert sheet.column_dimensions["E"].number_format == "@"


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_download_is_a_file_that_nobody_keeps(extension):
    response = download(COLUMNS, [A_ROW], name=f"relação.{extension}")
    assert "rela%C3%A7%C3%A3o" in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    assert b"".join(response)
