"""PDFs for publishing: an allow-list of what may act, be shown and be attached; nothing that swells."""

import io
import zlib
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from pikepdf import Array, Dictionary, Name, Stream

from certificates.signatures import evidence
from portal.files import pdf_weight, pdfs
from portal.files.pdf_weight import Caps, check_weight
from tests import hostile


def a_pdf(change=None, **options) -> bytes:
    pdf, buffer = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    if change:
        change(pdf)
    pdf.save(buffer, **options)
    return buffer.getvalue()


def code(data: bytes) -> str:
    """Of the refusal; "" for what is accepted."""
    try:
        pdfs.check(io.BytesIO(data))
    except ValidationError as error:
        return str(error.code)
    return ""


def opens(**action):
    return lambda pdf: setattr(pdf.Root, "OpenAction", Dictionary(**action))


def link(**action):
    def change(pdf):
        pdf.pages[0].obj.Annots = Array([Dictionary(Subtype=Name.Link, A=Dictionary(**action))])

    return change


def annotation(kind, **entries):
    def change(pdf):
        mark = Dictionary(Type=Name.Annot, Subtype=Name(kind), Rect=[0, 0, 9, 9], **entries)
        pdf.pages[0].obj.Annots = Array([pdf.make_indirect(mark)])

    return change


def attached(name, data):
    spec: Any = pikepdf.AttachedFileSpec

    def change(pdf):
        pdf.attachments[name] = spec(pdf, data, filename=name)

    return change


def external_content(pdf):
    pdf.pages[0].obj.Contents = Stream(pdf, b"", F="//servidor/a.bin")


REFUSED = {
    "opens an address": opens(S=Name.URI, URI="https://exemplo.com.br"),
    "sends a form": link(S=Name.SubmitForm, F="https://exemplo.com.br"),
    "goes to another file": link(S=Name.GoToR, F="a.pdf", D=[0, Name.Fit]),
    "goes to a file inside": link(S=Name.GoToE, T=Dictionary(R=Name.C)),
    "runs a script address": link(S=Name.URI, URI="javascript:alert(1)"),
    "opens a file address": link(S=Name.URI, URI="file:///etc/passwd"),
    "acts and acts again": link(S=Name.GoTo, D="a", Next=Dictionary(S=Name.Named, N=Name.Print)),
    "prints": link(S=Name.Named, N=Name.Print),
    "an action of a kind of its own": link(S=Name("/Novidade")),
    "acts when a page opens": lambda pdf: setattr(
        pdf.pages[0].obj, "AA", Dictionary(O=Dictionary(S=Name.GoTo, D="a"))
    ),
    "a film": annotation("/RichMedia"),
    "a screen": annotation("/Screen"),
    "a thing in space": annotation("/3D"),
    "a file as a mark": annotation("/FileAttachment"),
    "content of another file": external_content,
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("packed", [False, True])
def test_what_acts_is_refused(name, packed):
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    assert code(a_pdf(REFUSED[name], object_stream_mode=mode)) == "pdf_active"


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.exe", b"MZ\x90\0"), ("a.xml", b"MZ\x90\0"), ("a.bat", b"del *.*"), ("a.pdf", b"%PDF-1.7"),
     ("fatura.xml.js", b"alert(1)"), ("a.html", b"<html>")],
)  # fmt: skip
def test_programs_are_refused_as_attachments(name, data):
    assert code(a_pdf(attached(name, data))) == "pdf_attachment"


@pytest.mark.parametrize(
    "change",
    [
        opens(S=Name.GoTo, D="inicio"),
        lambda pdf: setattr(pdf.Root, "OpenAction", Array([pdf.pages[0].obj, Name.Fit])),
        link(S=Name.GoTo, D="cap1"),
        link(S=Name.URI, URI="https://exemplo.com.br"),
        link(S=Name.URI, URI="mailto:contato@exemplo.com.br"),
        link(S=Name.Named, N=Name.NextPage),
        annotation("/Text"),
        annotation("/Widget", FT=Name.Tx, T="nome"),
        attached("fatura.xml", b"<?xml version='1.0'?><fatura/>"),
        attached("linhas.csv", b"a;b\n1;2\n"),
    ],
)
def test_what_documents_have_is_accepted(change):
    assert code(a_pdf(change)) == ""


def test_our_own_invoice_is_accepted():
    with Path(evidence.__file__).with_name("sample.pdf").open("rb") as file:
        pdfs.check(file)


@pytest.mark.parametrize("before", [b"<html><script>alert(1)</script>", b"\xef\xbb\xbf", b" "])
def test_nothing_stands_before_the_beginning(before):
    assert code(before + a_pdf()) == "pdf_header"


def test_a_content_stream_that_swells_is_refused():
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1024**2)) for _ in range(200)) + packer.flush()

    def change(pdf):
        content = Stream(pdf, b"")
        content.write(packed, filter=Name.FlateDecode)
        pdf.pages[0].obj.Contents = content

    data = a_pdf(change)
    assert len(data) < 250_000
    assert code(data) == "too_costly"
    assert code(data.replace(b"/Filter", b"/Subtype /Image /Filter")) != ""


# By its bytes


def test_a_bomb_is_refused_before_any_parser_has_it(monkeypatch):
    monkeypatch.setattr(pikepdf, "open", None)
    assert code(hostile.xref_bomb(40 * 1024**2)) == "too_costly"


@pytest.mark.parametrize(
    ("addition", "caps"),
    [
        (b"startxref\n0\n%%EOF\n" * 4, Caps(revisions=4)),
        (b"/ByteRange" * 3, Caps(signatures=2)),
        (b"9 0 obj null endobj\n" * 30, Caps(objects=20)),
        (b"[" * 400, Caps()),
        (b"<< /A " * 400, Caps()),
    ],
)
def test_more_than_the_caps_say_is_refused(addition, caps):
    check_weight(a_pdf(), caps)
    with pytest.raises(ValidationError) as caught:
        check_weight(a_pdf() + addition, caps)
    assert caught.value.code == "too_costly"


def test_structure_is_unpacked_no_further_than_the_cap():
    bomb = hostile.xref_bomb(20 * 1024**2)
    assert 4096 <= pdf_weight._unpacked(bomb, bomb.index(b"stream\n") + 7, 4096) <= 256 * 1024
