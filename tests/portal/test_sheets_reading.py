"""Spreadsheets as programs and people write them, and as nobody should."""

import csv
import io
import random
import tracemalloc
import zipfile
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from openpyxl.styles import Font

from portal.sheets import parsers
from portal.sheets.columns import CellError, Column, Row
from portal.sheets.reading import cells, read
from portal.taxid import with_check_digits

COLUMNS = (
    Column("unidade", label="Código da unidade", required=True, aliases=("un",)),
    Column("numero", label="Número", required=True, parse=parsers.text(40, minimum=1)),
    Column("valor", label="Valor (R$)", parse=parsers.cents()),
    Column("vencimento", parse=parsers.day()),
    Column("periodo", label="Período", parse=parsers.period),
)
HEADER = [column.name for column in COLUMNS]
A_ROW = ["U1", "00042", "1.234,56", "10/04/2026", "03/2026"]
A_ROWS_VALUES = {
    "unidade": "U1", "numero": "00042", "valor": 123456, "vencimento": date(2026, 4, 10),
    "periodo": date(2026, 3, 1),
}  # fmt: skip


def a_csv(*rows: list[str], header: list[str] | None = None, delimiter: str = ";") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([header or HEADER, *rows])
    return out.getvalue().encode()


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def an_xlsx(*rows: list[Any], header: list[str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in [header or HEADER, *rows]:
        sheet.append(row)
    return saved(book)


def rows_of(
    data: bytes, columns: tuple[Column, ...] = COLUMNS, *, max_rows: int = 1_000
) -> list[Row]:
    return list(read(io.BytesIO(data), columns, max_rows=max_rows))


def message_of(data: bytes, *, max_rows: int = 1_000) -> str:
    with pytest.raises(ValidationError) as caught:
        rows_of(data, max_rows=max_rows)
    return " ".join(caught.value.messages)


# Encodings, delimiters and quotes


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_in_every_encoding_and_with_every_delimiter(encoding, delimiter):
    text = a_csv(["São – “João”", *A_ROW[1:]], delimiter=delimiter).decode()
    [row] = rows_of(text.encode(encoding))
    assert row.line == 2
    assert row.texts["unidade"] == "São – “João”"
    assert row.values == {**A_ROWS_VALUES, "unidade": "São – “João”"}
    assert row.errors == []


@pytest.mark.parametrize("named", ["sep=|", '"sep=|"', "SEP=|"])
def test_a_first_line_that_names_the_separator_is_honoured_and_not_counted(named):
    data = named.encode() + b"\r\n" + a_csv(A_ROW, ["U2", "x" * 41], delimiter="|")
    first, second = rows_of(data)
    assert first.values == A_ROWS_VALUES
    assert second.line == 3


def test_the_delimiter_is_told_by_the_header_and_not_by_commas_in_amounts():
    data = b"unidade;numero;observacao, se houver, e outra\nU1;1,2,3,4,5,6;a,b,c,d\n"
    assert rows_of(data)[0].texts["numero"] == "1,2,3,4,5,6"


def test_a_file_of_one_column_needs_no_delimiter():
    [row] = rows_of("CNPJ\nSão Paulo, SP\n".encode(), (Column("cnpj", required=True),))
    assert row.values == {"cnpj": "São Paulo, SP"}


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (b'U1;"1\nU2;2\n', 2),  # never closed
        (b'U1;1\n"U2"x;2\n', 3),
        (b'U1;"a\nb"\nU3;"2\n', 4),  # lines of the file, not rows
    ],
)
def test_quotes_that_do_not_match_are_refused_with_their_line(broken, line):
    assert f"linha {line} do arquivo" in message_of(b"unidade;numero\n" + broken)


def test_a_quoted_cell_may_hold_the_separator_a_quote_and_a_line_break():
    [row] = rows_of(b'unidade;numero\n"a;b ""c""\nd";1\n')
    assert row.values["unidade"] == 'a;b "c" d'


def test_a_row_wider_than_the_header_is_an_error_because_its_values_have_moved():
    [row] = rows_of(b"unidade,numero,valor\nU1,1,1.234,56\n")
    [error] = row.errors
    assert error.column == ""
    assert "4 células" in error.message
    [row] = rows_of(b"unidade,numero\nU1,1,,,\n")
    assert row.errors == []


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"unidade;numero\nU1;1\nU\x81;2\n", 3),  # no such character in Windows-1252
        ("unidade;numero\nSão;1\n".encode() + "São;2\n".encode("cp1252"), 3),  # two encodings
        (b"\xef\xbb\xbfunidade;numero\n\xff;1\n", 2),
        ("unidade;numero\nU1;1\n".encode("utf-16") + b"\x00\xd8\x00\xd8", 3),
    ],
)
def test_bytes_of_no_or_another_encoding_are_refused_with_their_line(data, line):
    assert f"A linha {line} tem caracteres" in message_of(data)


# The header


def test_headers_are_found_by_name_label_and_alias_in_any_order_case_and_accents():
    header = [" NÚMERO ", "Observação", "valor_r$", "UN"]
    [row] = rows_of(a_csv(["7", "x", "1", "U1"], header=header))
    assert row.texts == {
        "unidade": "U1", "numero": "7", "valor": "1", "vencimento": "", "periodo": "",
    }  # fmt: skip
    assert row.values["vencimento"] is None


def test_the_header_may_stand_below_a_title():
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet["A1"] = "Relatório de unidades"
    sheet.merge_cells("A1:E1")
    for i, name in enumerate(HEADER):
        sheet.cell(3, 2 + i, name)
        sheet.cell(6, 2 + i, A_ROW[i])
    [row] = rows_of(saved(book))
    assert (row.line, row.values) == (6, A_ROWS_VALUES)


@pytest.mark.parametrize("name", ["unidade", "numero"])
def test_a_missing_required_column_is_named(name):
    header = [column for column in HEADER if column != name]
    label = next(c.header for c in COLUMNS if c.name == name)
    assert f": {label}." in message_of(a_csv(header=header))


def test_a_column_that_comes_twice_is_named():
    assert "“Código da Unidade”" in message_of(a_csv(header=[*HEADER, "Código da Unidade"]))


@pytest.mark.parametrize("data", [b"", b"\n\n", b";;;\n", b"\xef\xbb\xbf", an_xlsx(header=[""])])
def test_an_empty_file_is_said_to_be_empty(data):
    assert "vazio" in message_of(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7\nunidade;numero\n", "não é uma planilha"),
        (b"\x00\x01\x02\x03" * 9, "não é uma planilha"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "XLSX ou CSV"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "tem senha",
        ),
        (b"PK\x03\x04junk", "danificado"),
    ],
)
def test_what_is_no_spreadsheet_says_what_it_is(data, words):
    assert words in message_of(data)


def test_another_office_file_is_no_spreadsheet():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "não é uma planilha" in message_of(out.getvalue())


# Rows


def test_rows_are_counted_as_the_spreadsheet_shows_them_and_empty_ones_left_out():
    data = a_csv(A_ROW, [" "] * 5, A_ROW)
    assert [row.line for row in rows_of(data)] == [2, 4]


def test_every_error_of_a_row_is_told_with_its_column():
    [row] = rows_of(a_csv(["", "x" * 41, "doze", "31/02/2026", "13/2026"]))
    assert [error.column for error in row.errors] == HEADER
    assert row.values == {}
    assert "1 a 40" in row.errors[1].message


def test_more_rows_than_allowed_are_refused_when_they_are_reached():
    data = a_csv(*[A_ROW] * 4)
    assert len(rows_of(data, max_rows=4)) == 4
    rows = read(io.BytesIO(data), COLUMNS, max_rows=3)
    assert [next(rows).line for _ in range(3)] == [2, 3, 4]
    with pytest.raises(ValidationError, match="mais de 3 linhas"):
        next(rows)
    assert "mais de 3 linhas" in message_of(an_xlsx(*[A_ROW] * 4), max_rows=3)


def test_many_rows_are_read_one_by_one_in_constant_memory():
    data = io.BytesIO(a_csv() + b"U1;7;1,00;10/04/2026;03/2026\r\n" * 5_000)
    tracemalloc.start()
    count = sum(1 for _row in read(data, COLUMNS))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 5_000
    assert peak < 2 * 1024**2


def test_blanks_of_any_kind_are_blanks_and_invisible_characters_go():
    [row] = rows_of(a_csv(["São\u00a0João\u200b", "\x1b7", "R$\u00a01,00"]))
    assert (row.texts["unidade"], row.texts["numero"]) == ("São João", "7")
    assert row.values["valor"] == 100


def test_rows_without_declared_columns_are_read_as_they_are():
    data = "Razão, social, toda;CNPJ\n\nSão João;1\n".encode("cp1252")
    assert [(row.line, row.texts) for row in cells(io.BytesIO(data))] == [
        (1, ["Razão, social, toda", "CNPJ"]), (3, ["São João", "1"]),
    ]  # fmt: skip


# Cells of a workbook


def test_numbers_and_dates_of_a_workbook_become_what_a_person_sees():
    cells_ = ["U1", 1001, 1234.5, date(2026, 4, 10), date(2026, 3, 1)]
    [row] = rows_of(an_xlsx(cells_))
    assert list(row.texts.values()) == ["U1", "1001", "1234,5", "10/04/2026", "01/03/2026"]
    assert row.values == {**A_ROWS_VALUES, "numero": "1001", "valor": 123450}


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (0.1 + 0.2, "0,3"), (1e-7, "0,0000001"), (1.234, "1,234"), (-5, "-5"), (True, "VERDADEIRO"),
        (999_999_999_999_999, "999999999999999"), ("00123", "00123"), ("#N/A ou não", "#N/A ou não"),
        (datetime(2026, 3, 1, 10, 30), "01/03/2026 10:30:00"), (time(10, 30), "10:30:00"),  # noqa: DTZ001
        ("=1+1", ""),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_excel_shows_it(cell, text):
    [row] = rows_of(an_xlsx([cell, 1]))
    assert row.texts["unidade"] == text


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("=1+1", "A célula C2 contém uma fórmula"),
        ("#N/A", "A célula C2 contém o erro #N/A"),
        ("#REF!", "#REF!"),
        (1_234_567_890_123_456, "C2 contém um número com mais de 15 dígitos"),
        (-1e20, "mais de 15 dígitos"),
    ],
)
def test_a_cell_without_a_value_of_its_own_is_an_error_with_its_name(cell, words):
    [row] = rows_of(an_xlsx(["U1", "1", cell, None]))
    [error] = row.errors
    assert error.column == "valor"
    assert words in error.message
    assert row.values["numero"] == "1"


def test_errors_in_columns_that_are_not_read_do_not_matter():
    [row] = rows_of(an_xlsx([*A_ROW, "=1+1"], header=[*HEADER, "total"]))
    assert row.errors == []


def test_a_sheet_that_starts_further_down_and_to_the_right_names_its_cells_rightly():
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for i, name in enumerate(HEADER):
        sheet.cell(30, 30 + i, name)
        sheet.cell(31, 30 + i, A_ROW[i])
    sheet.cell(31, 32, "=1+1")
    [row] = rows_of(saved(book))
    assert row.line == 31
    assert "AF31" in row.errors[0].message


def test_the_first_sheet_that_is_visible_is_read_and_no_other():
    book = openpyxl.Workbook()
    hidden: Any = book.active
    hidden["A1"] = "segredo"
    hidden.sheet_state = "hidden"
    book.create_chartsheet("gráfico")
    shown: Any = book.create_sheet("dados")
    shown.append(HEADER)
    shown.append(A_ROW)
    book.create_sheet("contas").append(["=1+1"] * 9)
    [row] = rows_of(saved(book))
    assert (row.values, row.errors) == (A_ROWS_VALUES, [])


def test_a_cell_at_the_far_end_is_refused_and_an_empty_one_there_is_not():
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(HEADER)
    sheet.append(A_ROW)
    sheet["XFD1048576"].font = Font(bold=True)
    assert len(rows_of(saved(book))) == 1
    sheet["XFD1048576"] = "x"
    assert "XFD1048576" in message_of(saved(book))


def test_a_workbook_that_unpacks_to_too_much_is_refused():
    data = bytearray(an_xlsx())
    size = data.index(b"PK\x01\x02") + 24  # what the zip's directory claims of its first member
    data[size : size + 4] = (500 * 1024**2).to_bytes(4, "little")
    assert "grande demais" in message_of(bytes(data))


# Values


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parsers.text(3), "abc", "abc"),
        (parsers.integer(), "1.234", 1234),
        (parsers.integer(-9), "-5", -5),
        (parsers.cents(), "R$ 1.234,56", 123456),
        (parsers.cents(), "1234.56", 123456),
        (parsers.day(), "1/2/2026", date(2026, 2, 1)),
        (parsers.day(), "2026-04-10", date(2026, 4, 10)),
        (parsers.period, "03/2026", date(2026, 3, 1)),
        (parsers.period, "01/03/2026", date(2026, 3, 1)),
        (parsers.choice({"Sim": True, "Não": False}), "NÃO", False),
        (parsers.email, "ana@example.com", "ana@example.com"),
    ],
)
def test_values_are_read_the_brazilian_way(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "words"),
    [
        (parsers.text(3), "abcd", "no máximo 3"),
        (parsers.integer(), "1,5", "número inteiro"),
        (parsers.integer(), "1.23", "número inteiro"),
        (parsers.integer(1), "0", "no mínimo 1"),
        (parsers.integer(None, 9), "10", "no máximo 9"),
        (parsers.cents(0), "-0,01", "não pode ser negativo"),
        (parsers.cents(1), "0", "no mínimo R$\u00a00,01"),
        (parsers.cents(), "1,234.56", "1.234,56"),
        (parsers.day(), "31/02/2026", "dd/mm/aaaa"),
        (parsers.day(), "10/04/26", "dd/mm/aaaa"),
        (parsers.day(), "10/04/1899", "dd/mm/aaaa"),
        (parsers.period, "02/03/2026", "mm/aaaa"),
        (parsers.choice({"Sim": True, "Não": False}), "talvez", "Sim, Não"),
        (parsers.email, "ana@", "válido"),
        (parsers.cpf, "111.111.111-11", "CPF"),
        (parsers.cnpj, "1" * 14, "CNPJ"),
        (parsers.tax_id, "123", "CPF ou CNPJ"),
    ],
)
def test_what_is_no_such_value_is_refused_with_what_is_wanted(parse, text, words):
    with pytest.raises(ValidationError) as caught:
        parse(text)
    assert words in caught.value.messages[0]


def test_tax_ids_are_read_with_and_without_mask_and_get_their_dropped_zeros_back():
    cpf, cnpj = with_check_digits("001234567"), with_check_digits("00AB00000001")
    assert parsers.cpf(f"{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}") == cpf
    assert parsers.cpf(str(int(cpf))) == parsers.tax_id(str(int(cpf))) == cpf
    assert parsers.cnpj(cnpj.lower()) == parsers.tax_id(cnpj) == cnpj
    digits = with_check_digits("001234560001")
    assert parsers.cnpj(str(int(digits))) == parsers.tax_id(str(int(digits))) == digits
    wrong = f"{cpf[:10]}{(int(cpf[10]) + 1) % 10}"
    with pytest.raises(ValidationError):
        parsers.cpf(str(int(wrong)))


# Whatever the bytes


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with some changed, cut out, doubled or put elsewhere."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at, length = chance.randrange(len(changed) + 1), chance.randint(1, 40)
        part = bytes(changed[at : at + length])
        match chance.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = part
            case _:
                changed[at:at] = chance.choice(
                    [b'"', b";", b"\n", b"\0", b"\xff\xfe", b"<c>", b"="]
                )
    return bytes(changed)


def repacked(data: bytes, chance: random.Random) -> bytes:
    """A workbook with one of its parts mutated, so that the change is not lost on the zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as book, zipfile.ZipFile(out, "w") as archive:
        victim = chance.choice(book.namelist())
        for name in book.namelist():
            part = book.read(name)
            archive.writestr(name, mutated(part, chance) if name == victim else part)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["csv", "utf-16", "xlsx", "parts of an xlsx"])
def test_any_bytes_are_rows_or_one_of_our_errors(kind):
    chance = random.Random(kind)
    sample = a_csv(A_ROW, ['a;"b"', "2", "", "", ""])
    if kind == "utf-16":
        sample = sample.decode().encode("utf-16")
    if "xlsx" in kind:
        sample = an_xlsx(A_ROW, ["U2", 7, 1.5, date(2026, 4, 10), "#N/A"], ["=1+1", True, 1e16])
    change = repacked if kind == "parts of an xlsx" else mutated
    outcomes = set()
    for _ in range(50 if "xlsx" in kind else 200):
        try:
            for row in rows_of(change(sample, chance)):
                assert all(text.isprintable() for text in row.texts.values())
                assert all(isinstance(error, CellError) and error.message for error in row.errors)
            outcomes.add("rows")
        except ValidationError:
            outcomes.add("refused")
    assert outcomes == {"rows", "refused"}
