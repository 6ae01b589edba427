"""Spoiled PDFs and zips are read, or refused in our words: nothing else, no hang.

Spreadsheets have theirs in ``test_sheets_reading``.
"""

import io
import zipfile
from pathlib import Path

import pikepdf
import pytest
from django.core.exceptions import ValidationError

from certificates.signatures import evidence
from portal import sandbox
from portal.files import pdfs
from portal.files.checks import list_zip, read_members
from tests import hostile
from tests.fuzzing import FEWEST, survives, survives_in_sandbox


def a_pdf(**options) -> bytes:
    pdf, buffer = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.attachments["a.xml"] = b"<a/>"
    pdf.save(buffer, **options)
    return buffer.getvalue()


PDFS = [
    a_pdf(),
    a_pdf(object_stream_mode=pikepdf.ObjectStreamMode.generate),
    Path(evidence.__file__).with_name("sample.pdf").read_bytes(),
]


def a_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifesto.csv", "unidade;valor\nÁgua;1,00\n" * 40)
        archive.writestr("lote/ação.pdf", b"%PDF" * 300)
    return buffer.getvalue()


def unpack(data: bytes) -> None:
    """As a batch does: listed after the check, then read."""
    file = io.BytesIO(data)
    members = list_zip(file, max_members=100, max_total=10**7)
    for member, found in zip(members, read_members(file, members), strict=True):
        assert found is None or len(found) == member.size


def test_pdf_check():
    def parse(data: bytes) -> None:
        pdfs.check(io.BytesIO(data))

    assert survives(parse, PDFS, seed=1) >= FEWEST
    survives_in_sandbox(lambda data: sandbox.run(pdfs.check, io.BytesIO(data)), PDFS, seed=2)


def test_zip(monkeypatch):
    samples = [a_zip()]
    survives_in_sandbox(unpack, samples, seed=2)
    monkeypatch.setattr(sandbox, "run", lambda parser, *args, limits: parser(*args))
    assert survives(unpack, samples, seed=1) >= FEWEST
    for data in (hostile.nameless_zip(), hostile.zip_with_a_wrong_name()):
        with pytest.raises(ValidationError):
            unpack(data)
