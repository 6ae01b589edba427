"""Uploads are looked at, not believed: type, size, PDFs that act, zips that trap."""

import io
import os
import struct
import zipfile
import zlib
from typing import Any

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from portal import sandbox
from portal.files import checks, sniffing, zips
from portal.files.checks import check_pdf, check_pdfs, check_upload, list_zip, read_members

LIMITS = {"max_members": 100, "max_total": 5_000_000, "max_ratio": 200}
OFFICE = [("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")]


def a_zip(*members, compression=zipfile.ZIP_DEFLATED) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    buffer.seek(0)
    return buffer


def a_pdf(change=None, **options) -> io.BytesIO:
    """A PDF of one page whose objects sit in compressed streams."""
    pdf, buffer = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    if change:
        change(pdf)
    options.setdefault("object_stream_mode", pikepdf.ObjectStreamMode.generate)
    pdf.save(buffer, **options)
    buffer.seek(0)
    return buffer


def refusal(check, *args, **kwargs) -> str:
    with pytest.raises(ValidationError) as caught:
        check(*args, **kwargs)
    return caught.value.messages[0]


SAMPLES = [
    (b"%PDF-1.7\n", "x.txt", sniffing.PDF),
    (b"\xef\xbb\xbf  \n%PDF-1.4", "x", sniffing.PDF),
    (a_zip(("a.pdf", b"x")).getvalue(), "x.xlsx", sniffing.ZIP),
    (a_zip(*OFFICE).getvalue(), "x.zip", sniffing.XLSX),
    (b"PK\x03\x04 broken", "x.xlsx", sniffing.ZIP),
    (b"\x89PNG\r\n\x1a\n....", "x.jpg", sniffing.PNG),
    (b"\xff\xd8\xff\xe0....", "x", sniffing.JPEG),
    (b"RIFF\0\0\0\0WEBPVP8 ", "x", sniffing.WEBP),
    (b"<?xml version='1.0'?>", "x", sniffing.XML),
    (b"-----BEGIN CERTIFICATE-----", "x", sniffing.PEM),
    (bytes.fromhex("3082 0a00 020103 3082 0000 0000 0000 0000".replace(" ", "")), "x", sniffing.PKCS12),
    (bytes.fromhex("3080 06092a864886f70d010702a080 0000 0000".replace(" ", "")), "x", sniffing.PKCS7),
    ("unidade;valor\nÁgua;1,00\n".encode(), "x.csv", sniffing.CSV),
    ("unidade;valor\nÁgua;1,00\n".encode("cp1252"), "X.CSV", sniffing.CSV),
    (b"plain words", "x.pdf", sniffing.TEXT),
    (b"<script>alert(1)</script>", "x.png", sniffing.TEXT),
    (b"MZ\x90\x00\x03\x00\x00\x00", "x.pdf", sniffing.UNKNOWN),
    (b"\x7fELF\x02\x01\x01", "x.csv", sniffing.UNKNOWN),
    (b"", "x.pdf", sniffing.UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name", "expected"), SAMPLES)
def test_the_type_is_what_the_bytes_say(data, name, expected):
    file = io.BytesIO(data)
    assert sniffing.sniff(file, name=name) == expected
    assert file.tell() == 0


def test_a_character_cut_at_the_end_of_what_was_read_is_still_text():
    data = b"x" * 8191 + "é".encode() + b"x"
    assert sniffing.sniff(io.BytesIO(data), name="a.csv") == sniffing.CSV


def test_an_upload_of_an_allowed_type_is_accepted_and_rewound():
    file = SimpleUploadedFile("x.bin", b"%PDF-1.7 x", content_type="image/png")
    file.read(3)
    assert check_upload(file, allowed={sniffing.PDF}) == sniffing.PDF
    assert file.tell() == 0


def test_refused_uploads_say_why(settings):
    settings.UPLOAD_MAX_BYTES = 2048
    assert "vazio" in refusal(check_upload, io.BytesIO(b""), allowed={sniffing.PDF})
    large = refusal(check_upload, io.BytesIO(b"%PDF-" + b"x" * 3000), allowed={sniffing.PDF})
    assert "2,9" in large
    assert "2,0" in large
    other = refusal(check_upload, io.BytesIO(b"MZ\x90\0"), allowed={sniffing.PDF, sniffing.XLSX})
    assert "PDF, XLSX" in other
    check_upload(io.BytesIO(b"%PDF-" + b"x" * 3000), allowed={sniffing.PDF}, max_bytes=4000)


def test_a_plain_pdf_passes_and_is_rewound():
    file = a_pdf()
    check_pdf(file)
    assert file.tell() == 0


def javascript(pdf):
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def named_javascript(pdf):
    tree = pikepdf.Dictionary(Names=["x", pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1")])
    pdf.Root.Names = pikepdf.Dictionary(JavaScript=tree)


def javascript_on_a_page(pdf):
    action = pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1"))
    pdf.pages[0].obj.AA = pikepdf.Dictionary(O=action)


def launch(pdf):
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")


def launch_from_an_annotation_chain(pdf):
    step = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")
    link = pikepdf.Dictionary(
        Subtype=pikepdf.Name.Link, A=pikepdf.Dictionary(S=pikepdf.Name.URI, Next=[step])
    )
    pdf.pages[0].obj.Annots = pikepdf.Array([link])


def xfa(pdf):
    pdf.Root.AcroForm = pikepdf.Dictionary(XFA=pikepdf.Stream(pdf, b"<xdp/>"), Fields=[])


@pytest.mark.parametrize(
    "change",
    [
        javascript,
        named_javascript,
        javascript_on_a_page,
        launch,
        launch_from_an_annotation_chain,
        xfa,
    ],
)
def test_a_pdf_that_acts_is_refused_even_where_no_byte_search_finds_it(change):
    file = a_pdf(change)
    for word in (b"JavaScript", b"Launch", b"XFA"):
        assert word not in file.getvalue(), "the sample must hide it"
    refusal(check_pdf, file)


def test_a_pdf_with_an_attachment_passes():
    spec: Any = pikepdf.AttachedFileSpec

    def attach(pdf: Any) -> None:
        pdf.attachments["data.xml"] = spec(pdf, b"<x/>")

    check_pdf(a_pdf(attach))


def test_a_plain_link_to_a_web_page_passes():
    def link(pdf):
        action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://exemplo.com.br")
        pdf.pages[0].obj.Annots = pikepdf.Array(
            [pikepdf.Dictionary(Subtype=pikepdf.Name.Link, A=action)]
        )

    check_pdf(a_pdf(link))


@pytest.mark.parametrize("password", ["", "secret"])
def test_an_encrypted_pdf_is_refused_with_and_without_a_password(password):
    encryption = pikepdf.Encryption(user=password, owner="owner")
    assert "senha" in refusal(check_pdf, a_pdf(encryption=encryption))


@pytest.mark.parametrize(
    "damage",
    [lambda d: d[: len(d) // 2], lambda d: b"%PDF-1.7\nnothing else", lambda d: b"", lambda d: b"\0" * 500,
     lambda d: d.replace(b"startxref", b"startxxxx")],
)  # fmt: skip
def test_a_damaged_pdf_is_refused(damage):
    assert "danificado" in refusal(check_pdf, io.BytesIO(damage(a_pdf().getvalue())))


def test_a_pdf_whose_object_stream_unpacks_to_hundreds_of_megabytes_is_refused():
    packer = zlib.compressobj(9)
    packed = packer.compress(b"7 0 << /A 1 >>")
    packed += b"".join(packer.compress(bytes(1024**2)) for _ in range(200)) + packer.flush()
    out, offsets = bytearray(b"%PDF-1.7\n"), {}
    bodies = {
        1: b"<</Type/Catalog/Pages 3 0 R/X 7 0 R>>",
        2: b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%b\nendstream"
        % (len(packed), packed),
        3: b"<</Type/Pages/Count 1/Kids[4 0 R]>>",
        4: b"<</Type/Page/Parent 3 0 R/MediaBox[0 0 9 9]/Resources<<>>>>",
    }
    for number, body in bodies.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    offsets[5] = len(out)
    rows = b"".join(
        struct.pack(">BIH", 2, 2, 0)
        if n == 7
        else struct.pack(">BIH", n in offsets, offsets.get(n, 0), 0)
        for n in range(8)
    )
    out += b"5 0 obj\n<</Type/XRef/Size 8/W[1 4 2]/Root 1 0 R/Length %d>>stream\n" % len(rows)
    out += rows + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % offsets[5]
    assert len(out) < 250_000
    assert "Descompactado" in refusal(check_pdf, io.BytesIO(bytes(out)))


def test_a_pdf_without_pages_is_refused():
    assert "páginas" in refusal(check_pdf, a_pdf(lambda pdf: pdf.pages.__delitem__(0)))


def test_of_many_pdfs_those_that_are_refused_are_named():
    sound = a_pdf().getvalue()
    files = {"a": sound, "b": a_pdf(javascript).getvalue(), "c": sound[:200], "d": sound}
    found = {name: error.code for name, error in check_pdfs(files.items())}
    assert found == {"b": "pdf_active", "c": "pdf_broken"}


def test_one_pdf_that_cannot_be_examined_does_not_spoil_the_others(monkeypatch):
    monkeypatch.setattr(checks, "MANY_PDFS", sandbox.Limits(memory=1024))
    files = {"a": a_pdf().getvalue(), "b": a_pdf(javascript).getvalue()}
    assert [name for name, _error in check_pdfs(files.items())] == ["b"]


def test_many_pdfs_are_held_few_at_a_time(monkeypatch):
    monkeypatch.setattr(checks, "TOGETHER", 1)
    taken = []

    def pdfs():
        for name in "abc":
            taken.append(name)
            yield name, a_pdf(launch).getvalue()

    assert [(name, "".join(taken)) for name, _error in check_pdfs(pdfs())] == [
        ("a", "a"),
        ("b", "ab"),
        ("c", "abc"),
    ]


def test_a_harmless_zip_gives_its_files_without_its_folders():
    found = list_zip(
        a_zip(("lote/", b""), ("lote/a.pdf", b"a"), ("manifesto.xlsx", a_zip(*OFFICE).getvalue())),
        **LIMITS,
    )
    assert [member.name for member in found] == ["lote/a.pdf", "manifesto.xlsx"]


@pytest.mark.parametrize(
    "name",
    [
        "../a.pdf",
        "/a.pdf",
        "a/../../b.pdf",
        "a//b.pdf",
        "./a.pdf",
        "C:a.pdf",
        "a\\..\\b.pdf",
        "a\nb.pdf",
        "a?.pdf",
    ],
)
def test_names_that_lead_outside_are_refused(name):
    assert "nome de arquivo seguro" in refusal(list_zip, a_zip((name, b"x")), **LIMITS)


def test_a_nul_in_a_name_is_refused():
    data = a_zip(("aXb.pdf", b"x")).getvalue().replace(b"aXb.pdf", b"a\0b.pdf")
    refusal(list_zip, io.BytesIO(data), **LIMITS)


def test_a_link_is_refused():
    info = zipfile.ZipInfo("link.pdf")
    info.external_attr = 0o120777 << 16
    assert "link.pdf" in refusal(list_zip, a_zip((info, b"/etc/passwd")), **LIMITS)


def test_an_encrypted_member_is_refused():
    data = bytearray(a_zip(("a.pdf", b"x")).getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    assert "senha" in refusal(list_zip, io.BytesIO(bytes(data)), **LIMITS)


@pytest.mark.parametrize("name", ["inner.zip", "inner.pdf", "inner.tar.gz", "inner.7z"])
def test_an_archive_inside_is_refused_under_any_name(name):
    inner = a_zip(("a.pdf", b"x")).getvalue()
    assert name in refusal(list_zip, a_zip((name, inner)), **LIMITS)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice_is_refused_whatever_its_case():
    assert "mais de uma vez" in refusal(list_zip, a_zip(("a.pdf", b"x"), ("A.pdf", b"y")), **LIMITS)


def test_too_many_too_large_and_too_tight_are_refused():
    many = a_zip(*[(f"{i}.txt", b"x") for i in range(101)])
    assert "100" in refusal(list_zip, many, **LIMITS)
    large = a_zip(("a.bin", os.urandom(3_000_000)), ("b.bin", os.urandom(3_000_000)))
    assert "4 MB" in refusal(list_zip, large, **LIMITS)
    bomb = a_zip(("bomb.csv", b"0" * 4_000_000))
    assert len(bomb.getvalue()) < 10_000
    assert "bomb.csv" in refusal(list_zip, bomb, **LIMITS)


def test_a_zip_of_194_kb_that_unpacks_to_200_mb_is_refused_by_its_ratio():
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("b", "w") as member,
    ):
        for _ in range(200):
            member.write(bytes(1024**2))
    assert len(buffer.getvalue()) < 210_000
    refusal(list_zip, buffer, max_members=10, max_total=10**9, max_ratio=200)


def test_a_directory_of_a_million_entries_is_refused_before_it_is_loaded(monkeypatch):
    data = bytearray(a_zip(("a.txt", b"x")).getvalue())
    end = data.index(b"PK\x05\x06")
    data[end + 8 : end + 16] = struct.pack("<HHL", 65000, 65000, 65000 * 46)
    monkeypatch.setattr(sandbox, "run", lambda *a, **k: pytest.fail("it was loaded"))
    assert "100" in refusal(list_zip, io.BytesIO(bytes(data)), **LIMITS)


def test_members_that_share_their_bytes_are_refused():
    single = a_zip(("a.txt", os.urandom(2000))).getvalue()
    start, end = single.index(b"PK\x01\x02"), single.index(b"PK\x05\x06")
    entry = single[start:end]
    directory = b"".join(entry.replace(b"a.txt", b"%c.txt" % (97 + i)) for i in range(20))
    tail = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 20, 20, len(directory), start, 0)
    assert "danificado" in refusal(
        list_zip, io.BytesIO(single[:start] + directory + tail), **LIMITS
    )


def spoiled_zips():
    """Each made zipfile raise another exception than its own."""
    named = a_zip(("é.pdf", b"x")).getvalue()
    yield "UnicodeDecodeError", named.replace("é".encode(), b"\xe9\xe9")
    nameless = bytearray(a_zip(("a.pdf", b"x")).getvalue())
    at = nameless.index(b"PK\x01\x02") + 28
    nameless[at : at + 2] = b"\0\0"
    yield "IndexError", bytes(nameless)


@pytest.mark.parametrize(("raised", "data"), [*spoiled_zips()])
def test_whatever_zipfile_raises_the_zip_is_said_to_be_damaged(raised, data):
    assert "danificado" in refusal(list_zip, io.BytesIO(data), **LIMITS)


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_packing_that_may_ask_for_gigabytes_is_refused_before_it_is_begun(compression):
    data = bytearray(a_zip(("a.pdf", b"x" * 99), compression=compression).getvalue())
    at = data.index(b"a.pdf") + 5 + 4 + 1  # after the name, the version and the first property
    data[at : at + 4] = struct.pack("<L", 0xF0000000)
    assert "compactação" in refusal(list_zip, io.BytesIO(bytes(data)), **LIMITS)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip", b"PK\x05\x06" + bytes(5)])
def test_what_is_no_zip_is_refused(data):
    assert "danificado" in refusal(list_zip, io.BytesIO(data), **LIMITS)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_read_in_their_order_whatever_is_before_the_zip(compression):
    contents = {f"{number}.bin": os.urandom(number * 50_000) for number in range(4)}
    file = io.BytesIO(b"before" + a_zip(*contents.items(), compression=compression).getvalue())
    members = list_zip(file, **LIMITS)
    assert (
        dict(zip([one.name for one in members], read_members(file, members), strict=True))
        == contents
    )


def test_a_member_that_holds_more_than_it_declares_does_not_pass():
    data = a_zip(("a.txt", b"x" * 90_000), ("b.txt", b"sound")).getvalue()
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data = data[:at] + struct.pack("<L", 20_000) + data[at + 4 :]
    file = io.BytesIO(data)
    assert [*read_members(file, list_zip(file, **LIMITS))] == [None, b"sound"]


def test_a_member_whose_bytes_were_damaged_is_none():
    data = bytearray(a_zip(("a.txt", zlib.compress(os.urandom(5000)))).getvalue())
    data[1000] ^= 0xFF
    file = io.BytesIO(bytes(data))
    assert [*read_members(file, list_zip(file, **LIMITS))] == [None]


def test_members_are_unpacked_in_the_sandbox_only(monkeypatch):
    """In process a bomb, or a flaw of zlib, would be the worker's."""
    file = a_zip(("a.txt", b"abc" * 1000))
    members = list_zip(file, **LIMITS)
    monkeypatch.setattr(zlib, "decompressobj", lambda *a: pytest.fail("unpacked in process"))
    assert [*read_members(file, members)] == [b"abc" * 1000]


def test_what_spoils_a_child_is_damaged_and_the_others_are_read(monkeypatch):
    file = a_zip(("a.txt", b"a" * 100), ("b.txt", b"b" * 100))
    members = list_zip(file, **LIMITS)
    really = sandbox.run

    def run(parser, zip_file, places, **options):
        if zips.pack_places([members[0].place]) in places:
            raise sandbox.TooCostly
        return really(parser, zip_file, places, **options)

    monkeypatch.setattr(sandbox, "run", run)
    assert [*read_members(file, members)] == [None, b"b" * 100]
