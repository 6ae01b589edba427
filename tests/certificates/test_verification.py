"""Checking signatures: what was changed, what was added, and whom we trust."""

import hashlib
import io
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.core.exceptions import ValidationError
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from certificates.icp import Kind
from certificates.models import SigningCertificate
from certificates.signatures import evidence, verification
from certificates.signatures.signing import Stamp, sign_detached, sign_pdf
from certificates.signatures.verification import verify_detached, verify_pdf
from certificates.trust.lists import check_list
from certificates.trust.models import RevocationList
from certificates.trust.parsing import parse
from certificates.trust.verdict import Fault
from portal import sandbox
from tests import hostile
from tests.certificates import pki
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


def test_a_small_file_that_would_take_minutes_is_given_up(monkeypatch):
    monkeypatch.setattr(verification, "LIMITS", sandbox.Limits(cpu_seconds=1))
    with pytest.raises(ValidationError) as caught:
        verify_pdf(hostile.xref_bomb(20 * 1024**2))
    assert caught.value.code == "too_costly"


def test_whatever_a_library_raises_is_said_in_our_words(signed):
    odd = re.sub(rb"/Root \d+ 0 R", b"/Root [ 1 ]", signed)
    for data in (hostile.xref_of_another_type(), odd):
        with pytest.raises(ValidationError) as caught:
            verify_pdf(data)
        assert caught.value.code == "unreadable"


def test_the_sample_that_warms_the_sandbox_up_is_read_to_its_end():
    evidence.warm_up()
    sample = Path(evidence.__file__).with_name("sample.pdf").read_bytes()
    [found] = evidence.of_pdf(sample)
    assert found.intact
    assert found.is_demo


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


def signed_by(made: pki.Made, signer, *chain: pki.Made, at=None) -> bytes:
    """A PDF signed with this certificate; the key of ``made`` is the signer's own."""
    others = tuple(asn1_x509.Certificate.load(c.der) for c in chain)
    parsed = asn1_x509.Certificate.load(made.der)
    return sign_pdf(a_pdf(), replace(signer, certificate=parsed, chain=others), reason="x", at=at)


@pytest.fixture
def pin(settings, tmp_path):
    def write(*roots: pki.Made) -> None:
        (tmp_path / "roots.pem").write_bytes(b"".join(r.pem for r in roots))
        settings.TRUST_ROOTS_FILE = str(tmp_path / "roots.pem")

    return write


@pytest.fixture
def root() -> pki.Made:
    return pki.an_authority()


@pytest.fixture
def issuer(root) -> pki.Made:
    return pki.an_authority("AC de Teste", issuer=root)


def test_a_root_of_the_operators_bundle_is_trusted_with_what_the_signature_brings(
    signer, root, issuer, pin
):
    leaf = pki.a_person(issuer, key=signer.key, names=pki.a_cnpj_name())
    pdf = signed_by(leaf, signer, issuer)
    [stranger] = verify_pdf(pdf)
    assert not stranger.trusted
    assert stranger.reasons == [str(Fault.UNKNOWN_AUTHORITY.label)]
    pin(root)
    [report] = verify_pdf(pdf)
    assert report.is_good
    assert report.path == ("AC Raiz de Teste", "AC de Teste", "ANA SOUZA")
    assert report.record is not None
    assert report.record.kind == Kind.E_CNPJ
    assert report.record.policy == "A1"
    assert report.is_revocation_open


def test_a_root_with_the_right_name_and_another_key_is_not(signer, root, issuer, pin):
    pdf = signed_by(pki.a_person(issuer, key=signer.key), signer, issuer)
    pin(pki.an_authority(key=pki.a_key(7)))
    assert not verify_pdf(pdf)[0].trusted


def test_a_servers_certificate_signs_no_document(signer, root, issuer, pin):
    pin(root)
    leaf = pki.a_person(issuer, key=signer.key, extended=[ExtendedKeyUsageOID.SERVER_AUTH])
    [report] = verify_pdf(signed_by(leaf, signer, issuer))
    assert report.intact
    assert report.verdict is not None
    assert report.verdict.faults[0] == Fault.SERVER_CERTIFICATE
    assert not report.trusted


def test_what_was_signed_in_its_time_stays_trusted_after_the_certificates_end(
    signer, root, issuer, pin
):
    pin(root)
    leaf = pki.a_person(issuer, key=signer.key, days=(-400, -35))
    [report] = verify_pdf(signed_by(leaf, signer, issuer, at=pki.now() - timedelta(days=100)))
    assert report.trusted
    assert report.certificate_expired


def test_the_cpf_of_a_signer_is_masked_everywhere_a_stranger_reads(signer, root, issuer, pin):
    pin(root)
    leaf = pki.a_person(issuer, key=signer.key, subject=f"ANA SOUZA:{pki.CPF}")
    [report] = verify_pdf(signed_by(leaf, signer, issuer))
    assert report.public_tax_id == f"***.{pki.CPF[3:6]}.{pki.CPF[6:9]}-**"
    assert pki.CPF not in " ".join(report.path)


def test_a_revoked_signer_is_not_trusted_and_the_day_is_told(signer, root, issuer, pin):
    pin(root)
    leaf = pki.a_person(issuer, key=signer.key)
    keep_list(issuer, pki.a_list(issuer, leaf.certificate, revoked_for=timedelta(days=5)))
    before = signed_by(leaf, signer, issuer, at=pki.now() - timedelta(days=9))
    after = signed_by(leaf, signer, issuer, at=pki.now() - timedelta(days=2))
    [good], [bad] = verify_pdf(before), verify_pdf(after)
    assert good.trusted
    assert good.verdict is not None
    assert good.verdict.revoked_at is not None
    assert not bad.trusted
    assert bad.reasons == [str(Fault.REVOKED.label)]


def keep_list(issuer: pki.Made, der: bytes) -> None:
    authority = parse(issuer.der)
    said = check_list(der, issuer=authority, at=pki.now())
    RevocationList.objects.create(
        url="http://crl.exemplo.com.br/a.crl", authority=authority.authority_id, der=der,
        sha256=hashlib.sha256(der).hexdigest(), this_update=said.this_update,
        next_update=said.next_update, wanted_at=pki.now(),
    )  # fmt: skip


def test_junk_after_a_trusted_signature_is_not_good(signer, root, issuer, pin):
    pin(root)
    pdf = signed_by(pki.a_person(issuer, key=signer.key), signer, issuer)
    assert verify_pdf(pdf)[0].is_good
    assert not verify_pdf(pdf + b"\n%lixo\n")[0].is_good


def test_what_was_signed_after_the_certificates_end_is_not_trusted(signer):
    late = signer.certificate.not_valid_after
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
