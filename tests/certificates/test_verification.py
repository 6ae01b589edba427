"""Checking signatures: what was changed, what was added, and whom we trust."""

import io
from dataclasses import replace

import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.exceptions import ValidationError
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from certificates.models import SigningCertificate
from certificates.signing import Stamp, sign_detached, sign_pdf
from certificates.verification import verify_detached, verify_pdf
from tests.certificates import authority
from tests.certificates.papers import a_pdf

pytestmark = pytest.mark.django_db
STAMP = Stamp("ABCDEFGHJKMNPQRS", "https://balcao.exemplo.com.br/verificar/ABCDEFGHJKMNPQRS/")


@pytest.fixture
def signed(signer) -> bytes:
    return sign_pdf(a_pdf(), signer, reason="Fatura", stamp=STAMP)


def verdict(pdf: bytes) -> tuple[bool, bool]:
    [report] = verify_pdf(pdf)
    return report.intact, report.whole


def test_a_document_as_it_was_signed_is_intact_whole_and_ours(signed):
    [report] = verify_pdf(signed)
    assert report.is_good
    assert report.name == "SERVICOS DO ESTADO SA"
    assert len(report.tax_id) == 14
    assert report.issuer == "AC Teste"
    assert not report.is_demo


def test_a_changed_byte_is_noticed(signed):
    assert verdict(signed.replace(b"(rodape", b"(rodapE", 1)) == (False, False)


@pytest.mark.parametrize("junk", [b"x", b"\n% nada\n", b"\n9 0 obj\n<<>>\nendobj\n"])
def test_junk_after_the_end_makes_it_not_whole(signed, junk):
    assert verdict(signed + junk) == (True, False)


def test_an_object_added_later_makes_it_not_whole(signed):
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    writer.root["/Nova"] = writer.add_object(NumberObject(1))
    writer.update_root()
    output = io.BytesIO()
    writer.write(output)
    assert verdict(output.getvalue()) == (True, False)


def test_a_document_saved_again_by_an_editor_is_not_intact(signed):
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        pdf.save(output)
    assert verdict(output.getvalue()) == (False, False)


def test_a_changed_document_stays_bad_under_another_signature(signed, signer):
    [first, second] = verify_pdf(
        sign_pdf(signed.replace(b"(rodape", b"(rodapE", 1), signer, reason="x", stamp=None)
    )
    assert not first.intact
    assert second.intact


def test_an_unsigned_document_has_no_reports():
    assert verify_pdf(a_pdf()) == []


@pytest.mark.parametrize("data", [b"", b"nada", b"%PDF-1.7\n%%EOF\n", b"%PDF-" + b"\xff" * 500])
def test_what_is_no_pdf_is_said_to_be_unreadable(data):
    with pytest.raises(ValidationError) as caught:
        verify_pdf(data)
    assert caught.value.code == "unreadable"


def test_an_encrypted_pdf_is_said_to_be_one():
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(a_pdf())) as pdf:
        pdf.save(output, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(ValidationError) as caught:
        verify_pdf(output.getvalue())
    assert caught.value.code == "encrypted"


# Trust


def test_a_stranger_is_not_trusted(signed):
    SigningCertificate.objects.all().delete()
    [report] = verify_pdf(signed)
    assert report.intact
    assert not report.trusted


def test_the_demonstration_is_trusted_in_the_demonstration_alone(demo_signer, settings):
    pdf = sign_pdf(a_pdf(), demo_signer, reason="x")
    assert verify_pdf(pdf)[0].trusted
    settings.DEMO = False
    [report] = verify_pdf(pdf)
    assert report.intact
    assert not report.trusted
    assert report.is_demo


def chain_of(root_key) -> tuple[bytes, x509.Certificate]:
    """A root's PEM, and a signer under it."""
    root = authority.certificate(key=root_key, subject="Raiz", issuer="Raiz", ca=True)
    leaf = authority.certificate(
        issuer="Raiz", issuer_key=root_key, names=authority.company_names()
    )
    return root.public_bytes(Encoding.PEM), leaf


def signed_under(root_key, signer):
    pem, leaf = chain_of(root_key)
    parsed = asn1_x509.Certificate.load(leaf.public_bytes(Encoding.DER))
    return pem, sign_pdf(a_pdf(), replace(signer, certificate=parsed, chain=()), reason="x")


def test_a_root_of_the_operators_bundle_is_trusted(signer, settings, tmp_path):
    pem, pdf = signed_under(authority.OTHER_KEY, signer)
    assert not verify_pdf(pdf)[0].trusted
    (tmp_path / "roots.pem").write_bytes(pem)
    settings.TRUST_ROOTS_FILE = str(tmp_path / "roots.pem")
    assert verify_pdf(pdf)[0].trusted


def test_a_root_with_the_right_name_and_another_key_is_not(signer, settings, tmp_path):
    _, pdf = signed_under(authority.OTHER_KEY, signer)
    impostor, _ = chain_of(authority.KEY)
    (tmp_path / "roots.pem").write_bytes(impostor)
    settings.TRUST_ROOTS_FILE = str(tmp_path / "roots.pem")
    assert not verify_pdf(pdf)[0].trusted


def test_what_was_signed_after_the_certificates_end_is_not_trusted(signer):
    late = signer.certificate.not_valid_after
    from datetime import timedelta

    pdf = sign_pdf(a_pdf(), signer, reason="x", at=late + timedelta(days=1))
    assert not verify_pdf(pdf)[0].trusted


# Detached


def test_a_detached_signature_belongs_to_its_file_alone(signer):
    p7s = sign_detached(b"a;b\n", signer)
    assert verify_detached(b"a;b\n", p7s)[0].is_good
    assert not verify_detached(b"a;c\n", p7s)[0].intact


def test_a_detached_signature_may_come_as_pem(signer):
    from asn1crypto import pem

    p7s = pem.armor("PKCS7", sign_detached(b"x", signer))
    assert verify_detached(b"x", p7s)[0].intact


@pytest.mark.parametrize("data", [b"", b"nada", b"\x30\x00", b"-----BEGIN PKCS7-----\n"])
def test_what_is_no_signature_is_said_to_be_none(data):
    with pytest.raises(ValidationError) as caught:
        verify_detached(b"x", data)
    assert caught.value.code == "unreadable"
