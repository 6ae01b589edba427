"""Signed PDFs into which something came later: by incremental updates, as an attacker writes them."""

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf
from asn1crypto.keys import PrivateKeyInfo
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import MDPPerm
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certificates.signatures.signing import Signer

Writer = IncrementalPdfFileWriter


@cache
def a_form() -> bytes:
    """A page that says a number of things, with a text field "valor" of 100,00."""
    pdf = pikepdf.new()
    for number in (1, 2):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Contents = pdf.make_stream(b"BT (pagina %d) Tj ET" % number)
    look = pdf.make_stream(b"BT (100,00) Tj ET", Type=pikepdf.Name.XObject,
                           Subtype=pikepdf.Name.Form, BBox=[0, 0, 100, 20])  # fmt: skip
    widget = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx,
            T="valor", V="100,00", Rect=[100, 700, 200, 720], P=pdf.pages[0].obj,
            AP=pikepdf.Dictionary(N=look), F=4,
        )
    )  # fmt: skip
    pdf.pages[0].Annots = pikepdf.Array([widget])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([widget]), DA="/Helv 10 Tf")
    pdf.docinfo["/Title"] = "Contrato"
    output = io.BytesIO()
    pdf.save(output)
    return output.getvalue()


_WAITED_FOR = 90


def a_page_that_waits() -> bytes:
    """Its content is two streams, of which the second is not there yet."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents[4 0 R %d 0 R]>>" % _WAITED_FOR,
        b"<</Length 20>>stream\nBT (Valor: ) Tj ET  \nendstream",
    )
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 5\n0000000000 65535 f \n%strailer\n<</Size 5/Root 1 0 R>>\n" % rows
    return body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)


def what_it_waited_for(writer: Writer) -> None:
    writer.objects[0, _WAITED_FOR] = stream(b"BT (999,00) Tj ET")
    writer._lastobj_id = _WAITED_FOR


def updated(pdf: bytes, change: Callable[[Writer], None]) -> bytes:
    """The PDF with an incremental update that makes this change."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def plain_signer(signer: Signer) -> signers.SimpleSigner:
    """pyHanko's own way to sign."""
    der = signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return signers.SimpleSigner(
        signer.certificate, PrivateKeyInfo.load(der), SimpleCertificateStore()
    )


def certified(pdf: bytes, signer: Signer, permission: MDPPerm) -> bytes:
    """Signed by its author, who says what may be done later."""
    meta = signers.PdfSignatureMetadata(
        field_name="Autor", certify=True, docmdp_permissions=permission, md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
    )  # fmt: skip
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    return signers.sign_pdf(writer, meta, plain_signer(signer), bytes_reserved=8192).getvalue()


def signed_elsewhere(pdf: bytes, signer: Signer, field: str = "B") -> bytes:
    """Signed as another program does it: pyHanko without our ways."""
    meta = signers.PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    return signers.sign_pdf(writer, meta, plain_signer(signer), bytes_reserved=8192).getvalue()


def stream(content: bytes, **entries: Any) -> generic.StreamObject:
    return generic.StreamObject(
        {pdf_name(f"/{name}"): value for name, value in entries.items()}, stream_data=content
    )


# Changes


def the_field(writer: Writer) -> Any:
    return writer.root["/AcroForm"]["/Fields"][0]


def fill_in(writer: Writer, value: str = "999,00") -> None:
    field = the_field(writer)
    field["/V"] = generic.pdf_string(value)
    look = stream(f"BT ({value}) Tj ET".encode(), Type=pdf_name("/XObject"),
                  Subtype=pdf_name("/Form"), BBox=generic.ArrayObject(map(generic.NumberObject, (0, 0, 100, 20))))  # fmt: skip
    field["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(look)})
    writer.update_container(field)


def other_look(writer: Writer) -> None:
    """The value stays, what is seen does not."""
    field = the_field(writer)
    field["/AP"] = generic.DictionaryObject(
        {pdf_name("/N"): writer.add_object(stream(b"BT (999,00) Tj ET", Subtype=pdf_name("/Form")))}
    )
    writer.update_container(field)


def other_page(writer: Writer) -> None:
    page = writer.root["/Pages"]["/Kids"][1]
    page[pdf_name("/Contents")] = writer.add_object(stream(b"BT (outra) Tj ET"))
    writer.update_container(page)


def same_object_other_page(writer: Writer) -> None:
    page = writer.root["/Pages"]["/Kids"][1]
    old = page["/Contents"]
    old._data = b"BT (outra) Tj ET"
    old._encoded_data = None
    old.pop("/Filter", None)
    writer.mark_update(page.raw_get("/Contents"))


def more_pages(writer: Writer) -> None:
    page = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Page"),
            pdf_name("/MediaBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 9, 9))),
        }
    )
    writer.insert_page(page)


def fewer_pages(writer: Writer) -> None:
    pages = writer.root["/Pages"]
    pages["/Kids"].pop()
    pages[pdf_name("/Count")] = generic.NumberObject(1)
    writer.update_container(pages)


def a_note(writer: Writer) -> None:
    page = writer.root["/Pages"]["/Kids"][1]
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 9, 9))),
            pdf_name("/Contents"): generic.pdf_string("pago"),
        }
    )
    page[pdf_name("/Annots")] = generic.ArrayObject([writer.add_object(note)])
    writer.update_container(page)


def an_attachment(writer: Writer) -> None:
    file = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Filespec"),
            pdf_name("/F"): generic.pdf_string("a.txt"),
            pdf_name("/EF"): generic.DictionaryObject({pdf_name("/F"): writer.add_object(stream(b"x"))}),
        }
    )  # fmt: skip
    names = generic.ArrayObject([generic.pdf_string("a.txt"), writer.add_object(file)])
    writer.root[pdf_name("/Names")] = generic.DictionaryObject(
        {pdf_name("/EmbeddedFiles"): generic.DictionaryObject({pdf_name("/Names"): names})}
    )
    writer.update_root()


def a_program(writer: Writer) -> None:
    action = generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.pdf_string("1")}
    )
    writer.root[pdf_name("/OpenAction")] = writer.add_object(action)
    writer.update_root()


def another_title(writer: Writer) -> None:
    assert writer._info
    writer._info.get_object()[pdf_name("/Title")] = generic.pdf_string("Distrato")
    writer.mark_update(writer._info)


def another_field(writer: Writer) -> None:
    new = generic.DictionaryObject(
        {pdf_name("/FT"): pdf_name("/Tx"), pdf_name("/T"): generic.pdf_string("multa")}
    )
    writer.root["/AcroForm"]["/Fields"].append(writer.add_object(new))
    writer.update_container(writer.root["/AcroForm"])


def a_seal_that_is_none(writer: Writer) -> None:
    """A signature field with a look and without a signature, laid over the page."""
    fields.append_signature_field(
        writer, fields.SigFieldSpec("Carimbo", on_page=0, box=(100, 700, 200, 720))
    )
    seal = writer.root["/AcroForm"]["/Fields"][-1]
    look = writer.add_object(stream(b"BT (999,00) Tj ET", Subtype=pdf_name("/Form")))
    seal[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): look})


def a_catalogue_entry(writer: Writer) -> None:
    writer.root[pdf_name("/Nova")] = writer.add_object(generic.NumberObject(1))
    writer.update_root()


# What may come


def validation_data(writer: Writer) -> None:
    certificate = writer.add_object(stream(b"0\x03\x02\x01\x01"))
    writer.root[pdf_name("/DSS")] = writer.add_object(
        generic.DictionaryObject({pdf_name("/Certs"): generic.ArrayObject([certificate])})
    )
    writer.update_root()


def validation_data_that_point_nowhere(writer: Writer) -> None:
    nowhere = generic.IndirectObject(9_999, 0, writer)
    writer.root[pdf_name("/DSS")] = writer.add_object(
        generic.DictionaryObject({pdf_name("/Certs"): generic.ArrayObject([nowhere])})
    )
    writer.update_root()


def nothing(writer: Writer) -> None:
    """Saved again: time and program change."""
