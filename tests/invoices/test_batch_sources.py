"""Where a batch's files come from: names that are found, and what must not be followed."""

import io
import os
import zipfile

import pytest
from django.core.exceptions import ValidationError

from invoices.services.batch_sources import FolderSource, ZipSource
from tests.invoices.batching import a_pdf, a_zip


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
