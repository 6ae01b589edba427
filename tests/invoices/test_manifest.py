"""Manifests as spreadsheets write them, and as nobody should."""

import io
import os
import tracemalloc
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.services.batch_sources import FolderSource, ZipSource
from invoices.services.manifest import COLUMNS, MAX_ROWS, ManifestRow, read
from portal.sheets.parsers import day as day_parser
from tests.invoices.batching import HEADER, a_csv, a_pdf, a_zip, an_xlsx


def rows_of(data: bytes) -> list[ManifestRow]:
    return list(read(io.BytesIO(data)))


def message_of(data: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        rows_of(data)
    return " ".join(caught.value.messages)


A_ROW = ["U1", "fatura", "03/2026", "7", "10,00", "10/04/2026", "á.pdf"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_is_read_in_every_encoding_and_with_every_delimiter(encoding, delimiter):
    text = a_csv([A_ROW], delimiter=delimiter).decode().encode(encoding)
    [row] = rows_of(text)
    assert row.line == 2
    assert list(row.values.values()) == A_ROW


def test_columns_are_found_in_any_order_case_and_accents_and_others_are_ignored():
    header = ["ARQUIVO", "Observação", " Número ", "Período", "Tipo", "UNIDADE"]
    [row] = rows_of(a_csv([["a.pdf", "x", "7", "03/2026", "fatura", "U1"]], header=header))
    assert row.values == {
        "arquivo": "a.pdf", "numero": "7", "periodo": "03/2026", "tipo": "fatura", "unidade": "U1",
    }  # fmt: skip


def test_rows_are_counted_as_the_spreadsheet_shows_them_and_empty_ones_left_out():
    data = a_csv([A_ROW, [""] * 7, A_ROW])
    assert [row.line for row in rows_of(data)] == [2, 4]


def test_a_short_row_has_empty_values():
    [row] = rows_of(a_csv([["U1", "fatura"]]))
    assert row.values["arquivo"] == ""


@pytest.mark.parametrize("name", ["unidade", "tipo", "periodo", "numero", "arquivo"])
def test_a_missing_column_is_named(name):
    header = [column for column in HEADER if column != name]
    assert f": {name}." in message_of(a_csv([], header=header))


def test_a_column_that_comes_twice_is_named():
    assert "“arquivo”" in message_of(a_csv([], header=[*HEADER, "Arquivo"]))


@pytest.mark.parametrize("data", [b"", b"\n\n", b";;;\n", b"\xef\xbb\xbf"])
def test_an_empty_manifest_is_said_to_be_empty(data):
    assert "vazio" in message_of(data)


def test_numbers_dates_and_months_of_a_spreadsheet_become_what_a_person_sees():
    cells = ["U1", "fatura", date(2026, 3, 1), 1001, 1234.5, date(2026, 4, 10), "a.pdf"]
    [row] = rows_of(an_xlsx([HEADER, cells]))
    assert list(row.values.values()) == [
        "U1", "fatura", "03/2026", "1001", "1234.50", "10/04/2026", "a.pdf",
    ]  # fmt: skip


def test_a_sheet_that_starts_further_down_and_to_the_right_keeps_its_row_numbers():
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for i, name in enumerate(HEADER):
        sheet.cell(3, 2 + i, name)
        sheet.cell(4, 2 + i, A_ROW[i])
    sheet.cell(4, 6, "=1+1")
    out = io.BytesIO()
    book.save(out)
    [row] = rows_of(out.getvalue())
    assert (row.line, row.formulas) == (4, {"valor": "F4"})
    assert row.values["unidade"] == "U1"


def test_formulas_of_another_sheet_do_not_matter():
    book = openpyxl.Workbook()
    first: Any = book.active
    first.append(list(HEADER))
    first.append(A_ROW)
    second = book.create_sheet("contas")
    second["E2"] = "=1+1"
    out = io.BytesIO()
    book.save(out)
    [row] = rows_of(out.getvalue())
    assert row.formulas == {}


def test_a_cell_at_the_far_end_is_refused_before_it_fills_the_memory():
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(list(HEADER))
    sheet["XFD1048576"] = "x"
    out = io.BytesIO()
    book.save(out)
    assert "XFD1048576" in message_of(out.getvalue())


def test_a_spreadsheet_that_unpacks_to_too_much_is_refused():
    out = io.BytesIO(an_xlsx([HEADER]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("x", "w") as x:
        for _ in range(401):
            x.write(bytes(1024**2))
    assert "grande demais" in message_of(out.getvalue())


@pytest.mark.parametrize("data", [b"PK\x03\x04junk", a_zip({"a.txt": b"x"})])
def test_what_only_looks_like_a_spreadsheet_is_refused(data):
    assert "XLSX" in message_of(data)


def test_control_characters_do_not_come_through():
    [row] = rows_of(a_csv([["U\x001", "fat\x1b[31mura", *A_ROW[2:]]]))
    assert row.values["unidade"] == "U1"
    assert "\x1b" not in row.values["tipo"]


def test_more_rows_than_allowed_are_refused():
    data = a_csv([A_ROW]) + b"U1;f;03/2026;1;;;a.pdf\r\n" * MAX_ROWS
    assert "100000" in message_of(data)


def test_many_rows_are_read_one_by_one_in_constant_memory():
    data = a_csv([]) + b"U1;f;03/2026;1;;;a.pdf\r\n" * 20_000
    tracemalloc.start()
    count = sum(1 for _row in read(io.BytesIO(data)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak - len(data) < 2 * 1024**2


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_a_clear_error(data):
    try:
        for row in read(io.BytesIO(data)):
            assert set(row.values) <= set(COLUMNS)
    except ValidationError:
        pass  # told to whoever wrote it


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_any_rows_below_a_right_header_are_rows_or_a_clear_error(data):
    try:
        for row in read(io.BytesIO(a_csv([]) + data)):
            assert all(value.isprintable() for value in row.values.values())
    except ValidationError:
        pass  # told to whoever wrote it


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("10/04/2026", date(2026, 4, 10)),
        ("2026-04-10", date(2026, 4, 10)),
        ("1/2/2026", date(2026, 2, 1)),
    ],
)
def test_days_are_read_the_brazilian_way(text, day):
    assert day_parser()(text) == day


@pytest.mark.parametrize("text", ["31/02/2026", "04/10", "10/04/26", "amanhã", "10/04/1899"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValidationError):
        day_parser()(text)


# --- where files come from


def test_a_file_is_found_whatever_the_case_the_slashes_and_the_accents_form():
    data = a_zip({"Lote/manifesto.csv": b"", "Lote/Sub/Água.PDF": a_pdf("a")})
    source = ZipSource(io.BytesIO(data))
    for name in ("sub/água.pdf", "Sub\\ÁGUA.pdf", "./sub/água.pdf", "Lote/Sub/Água.PDF"):
        assert source.read(source.resolve(name)) == a_pdf("a")
    assert source.resolve("água.pdf") == ""


def test_names_that_windows_wrote_in_its_own_code_page_are_found():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("manifesto.csv", b"")
        # What zipfile makes of "ação.pdf" in CP850 without the mark of UTF-8.
        info = zipfile.ZipInfo("acao.pdf")
        archive.writestr(info, a_pdf("w"))
    data = out.getvalue().replace(b"acao.pdf", "ação.pdf".encode("cp850"))
    source = ZipSource(io.BytesIO(data))
    assert source.read(source.resolve("ação.pdf")) == a_pdf("w")


def test_a_damaged_member_is_an_error_of_its_file():
    data = bytearray(a_zip({"manifesto.csv": b"", "a.pdf": os.urandom(9000)}))
    data[data.find(b"PK\x01\x02") - 100] ^= 0xFF  # near the end of a.pdf
    source = ZipSource(io.BytesIO(bytes(data)))
    with pytest.raises(ValidationError, match="danificado"):
        source.read("a.pdf")


def test_a_file_larger_than_allowed_is_refused(settings):
    settings.UPLOAD_MAX_BYTES = 1024**2
    source = ZipSource(io.BytesIO(a_zip({"manifesto.csv": b"", "a.pdf": os.urandom(1024**2 + 1)})))
    with pytest.raises(ValidationError):
        source.read("a.pdf")


def test_links_that_lead_out_of_a_folder_are_not_followed(tmp_path):
    (tmp_path / "secret.pdf").write_bytes(b"x")
    folder = tmp_path / "lote"
    folder.mkdir()
    (folder / "manifesto.csv").write_bytes(b"")
    (folder / "a.pdf").symlink_to(tmp_path / "secret.pdf")
    (folder / "b.pdf").write_bytes(b"y")
    source = FolderSource(folder)
    assert source.resolve("a.pdf") == ""
    assert source.resolve("../secret.pdf") == ""
    assert source.read(source.resolve("b.pdf")) == b"y"
