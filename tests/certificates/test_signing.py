"""Signing: PAdES in a PDF, CMS beside a file, the stamp; confirmed by other programs."""

import io
import re
import shutil
import subprocess

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone
from pyhanko.sign.fields import MDPPerm

from certificates import demo
from certificates.signatures.preparing import Prepared
from certificates.signatures.signing import CannotSign, Stamp, sign_detached, sign_pdf
from certificates.signatures.verification import verify_pdf
from tests import hostile
from tests.certificates import altering
from tests.certificates.papers import SIZES, a_pdf

pytestmark = pytest.mark.django_db
STAMP = Stamp("ABCDEFGHJKMNPQRS", "https://balcao.exemplo.com.br/verificar/ABCDEFGHJKMNPQRS/")
needs_pdfsig = pytest.mark.skipif(
    not (shutil.which("pdfsig") and shutil.which("certutil")), reason="poppler or NSS tools missing"
)
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")


def text_of(pdf, tmp_path, *, page=1):
    (tmp_path / "t.pdf").write_bytes(pdf)
    command = ["pdftotext", "-f", str(page), "-l", str(page), "-layout", "t.pdf", "-"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


@needs_pdfsig
def test_pdfsig_finds_the_signature_valid_and_trusted(demo_signer, tmp_path):
    (tmp_path / "s.pdf").write_bytes(sign_pdf(a_pdf(), demo_signer, reason="Fatura", stamp=STAMP))
    (tmp_path / "root.pem").write_bytes(demo.root_pem())
    nss = f"sql:{tmp_path}/nss"
    (tmp_path / "nss").mkdir()
    subprocess.run(["certutil", "-N", "-d", nss, "--empty-password"], check=True)
    add = ["certutil", "-A", "-d", nss, "-n", "raiz", "-t", "CT,C,C", "-i", "root.pem"]
    subprocess.run(add, cwd=tmp_path, check=True)
    found = subprocess.run(
        ["pdfsig", "-nssdir", nss, "s.pdf"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert "Signature Validation: Signature is Valid." in found
    assert "Certificate Validation: Certificate is Trusted." in found
    assert "Total document signed" in found
    assert "ETSI.CAdES.detached" in found


@needs_openssl
def test_openssl_confirms_a_detached_signature_and_refuses_other_content(demo_signer, tmp_path):
    (tmp_path / "root.pem").write_bytes(demo.root_pem())
    (tmp_path / "r.csv").write_bytes(b"unidade;valor\nU1;10,00\n")
    (tmp_path / "r.p7s").write_bytes(sign_detached((tmp_path / "r.csv").read_bytes(), demo_signer))
    command = [
        "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "r.p7s",
        "-content", "r.csv", "-CAfile", "root.pem", "-purpose", "any", "-out", "out",
    ]  # fmt: skip
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "r.csv").write_bytes(b"unidade;valor\nU1;10,01\n")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


@needs_poppler
def test_the_stamp_says_who_when_and_where_to_check(signer, tmp_path):
    text = text_of(sign_pdf(a_pdf(), signer, reason="Fatura", stamp=STAMP), tmp_path)
    assert "Assinado digitalmente por SERVICOS DO ESTADO SA" in text
    assert "ABCD-EFGH-JKMN-PQRS" in text
    assert STAMP.url in text
    assert re.search(r"em \d\d/\d\d/\d{4} às \d\d:\d\d:\d\d \(horário de Brasília\)", text)
    assert "DEMONSTRAÇÃO" not in text


@needs_poppler
def test_the_demonstration_says_so_in_the_stamp(demo_signer, tmp_path):
    text = text_of(sign_pdf(a_pdf(), demo_signer, reason="Fatura", stamp=STAMP), tmp_path)
    assert "ASSINATURA DE DEMONSTRAÇÃO — SEM VALOR LEGAL" in text


def test_the_stamp_goes_to_the_last_page(signer):
    with pikepdf.open(io.BytesIO(sign_pdf(a_pdf(pages=3), signer, reason="x", stamp=STAMP))) as pdf:
        assert ["/Annots" in page for page in pdf.pages] == [False, False, True]


@pytest.mark.parametrize("size", SIZES)
def test_the_stamp_stands_beside_the_content_at_the_visible_foot(signer, size):
    width, height, rotation = SIZES[size]
    signed = sign_pdf(a_pdf(width, height, rotation), signer, reason="x", stamp=STAMP)
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        page = pdf.pages[0]
        x1, y1, x2, y2 = (float(v) for v in page.Annots[0].Rect)
        box = [float(v) for v in page.CropBox]
        assert box == [float(v) for v in page.MediaBox]
    inside = x1 < width and x2 > 0 and y1 < height and y2 > 0
    assert not inside, "it covers the page as it was"
    assert box[0] <= x1
    assert x2 <= box[2]
    assert box[1] <= y1
    assert y2 <= box[3]


@pytest.mark.parametrize("size", ["a4", "turned", "upside down", "turned left"])
@needs_poppler
def test_the_stamp_reads_upright_on_a_turned_page(signer, tmp_path, size):
    width, height, rotation = SIZES[size]
    signed = sign_pdf(a_pdf(width, height, rotation), signer, reason="x", stamp=STAMP)
    assert f"Verifique este documento em {STAMP.url}" in text_of(signed, tmp_path)


def test_every_font_of_the_stamp_is_embedded(signer):
    signed = sign_pdf(a_pdf(), signer, reason="x", stamp=STAMP)
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        annotation = pdf.pages[0].Annots[0]
        fonts = annotation.AP.N.Resources.Font
        assert all("/FontFile2" in font.FontDescriptor for font in fonts.values())
        assert int(annotation.F) & 4, "it prints"
        assert not int(annotation.F) & 2, "it is not hidden"


def test_a_name_longer_than_the_page_is_cut_and_signing_goes_on(signer, tmp_path):
    narrow = a_pdf(200, 300)
    assert verify_pdf(sign_pdf(narrow, signer, reason="x", stamp=STAMP))[0].intact


def test_without_a_stamp_the_page_keeps_its_size(signer):
    with pikepdf.open(io.BytesIO(sign_pdf(a_pdf(), signer, reason="x"))) as pdf:
        assert [float(v) for v in pdf.pages[0].MediaBox] == [0, 0, 595, 842]


def test_a_document_signed_elsewhere_keeps_its_signature_whole(signer, demo_signer):
    once = sign_pdf(a_pdf(), demo_signer, reason="de fora", stamp=STAMP)
    twice = sign_pdf(once, signer, reason="nossa", stamp=STAMP)
    assert twice.startswith(once)
    reports = verify_pdf(twice)
    assert [(r.intact, r.whole) for r in reports] == [(True, True), (True, True)]


def test_an_encrypted_pdf_is_refused_with_its_reason(signer):
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(a_pdf())) as pdf:
        pdf.save(output, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(CannotSign, match="senha"):
        sign_pdf(output.getvalue(), signer, reason="x")


@pytest.mark.parametrize("data", [b"", b"nada", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_is_refused(signer, data):
    with pytest.raises(CannotSign):
        sign_pdf(data, signer, reason="x", stamp=STAMP)


def test_the_chain_travels_and_the_root_does_not(demo_signer):
    from asn1crypto import cms

    signed = cms.ContentInfo.load(sign_detached(b"x", demo_signer))["content"]
    sent = {c.chosen.dump() for c in signed["certificates"]}
    ca = demo.demo_ca()
    assert demo_signer.certificate.dump() in sent
    assert ca.issuer.certificate.public_bytes(Encoding.DER) in sent
    assert ca.root.certificate.public_bytes(Encoding.DER) not in sent


def test_a_long_chain_still_fits_into_the_space_reserved(demo_signer):
    from dataclasses import replace

    long = replace(demo_signer, chain=demo_signer.chain + (demo_signer.certificate,) * 6)
    assert verify_pdf(sign_pdf(a_pdf(), long, reason="x"))[0].intact


def test_a_given_time_is_what_the_signature_says(signer):
    from datetime import UTC, datetime

    at = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert verify_pdf(sign_pdf(a_pdf(), signer, reason="x", at=at))[0].signed_at == at


def test_the_time_is_now_by_default(signer):
    before = timezone.now().replace(microsecond=0)
    at = verify_pdf(sign_pdf(a_pdf(), signer, reason="x"))[0].signed_at
    assert at is not None
    assert at >= before


# PDFs from elsewhere


def test_a_pdf_that_its_author_made_final_is_refused_in_our_words(signer):
    final = altering.certified(altering.a_form(), signer, MDPPerm.NO_CHANGES)
    with pytest.raises(CannotSign, match="certificou este PDF como definitivo"):
        sign_pdf(final, signer, reason="x")


@pytest.mark.parametrize(
    "data",
    [hostile.xref_of_another_type(), hostile.xref_bomb(20 * 1024**2), b"%PDF-1.7\n%%EOF\n", b""],
    ids=["another type", "bomb", "nothing", "empty"],
)
@pytest.mark.parametrize("is_ours", [False, True])
def test_whatever_a_parser_raises_is_one_answer(signer, data, is_ours):
    with pytest.raises(CannotSign) as caught:
        sign_pdf(data, signer, reason="x", is_ours=is_ours)
    assert "PDF" in str(caught.value)


def test_the_child_may_only_append(signer, monkeypatch):
    """What it gives back is signed as it is: behind the whole PDF, with room where it says."""
    pdf = a_pdf()
    assert sign_pdf(pdf, signer, reason="x").startswith(pdf)
    bad = Prepared(b"no room here", 3, 9)
    monkeypatch.setattr("certificates.signatures.signing.prepare", lambda *_args: bad)
    with pytest.raises(CannotSign):
        sign_pdf(pdf, signer, reason="x", is_ours=True)
