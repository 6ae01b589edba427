"""What proves nothing either way is said to be unknown, with why; only what is proven is altered."""

import io
from dataclasses import replace

import pytest
from asn1crypto import algos, cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.urls import reverse

from certificates.signatures import evidence
from certificates.signatures.cms import SET, tlv
from certificates.signatures.evidence import Problem
from certificates.signatures.naming import What
from certificates.signatures.signing import Signer, sign_detached, sign_pdf
from certificates.signatures.verification import Integrity, verify_detached, verify_pdf
from certificates.trust.validation import examine
from certificates.trust.verdict import Revocation
from tests.certificates import altering, pki
from tests.certificates.papers import a_pdf

pytestmark = pytest.mark.django_db


def page(client, pdf: bytes) -> str:
    cache.clear()
    file = io.BytesIO(pdf)
    file.name = "contrato.pdf"
    return client.post(reverse("invoices:verify"), {"file": file}).content.decode()


def with_other_cms(pdf: bytes, change) -> bytes:
    """The PDF with its signature's CMS changed, in the room that was kept for it."""
    start = pdf.rindex(b"/Contents <") + len(b"/Contents <")
    end = pdf.index(b">", start)
    signed = cms.ContentInfo.load(bytes.fromhex(pdf[start:end].decode()))
    change(signed["content"]["signer_infos"][0])
    digits = signed.dump(force=True).hex().encode()
    return pdf[:start] + digits.ljust(end - start, b"0") + pdf[end:]


def sha3(signer: Signer):
    """The same attributes signed with RSA and SHA-3, which pyHanko knows nothing of."""

    def change(info: cms.SignerInfo) -> None:
        attributes = [
            a for a in info["signed_attrs"] if a["type"].native != "cms_algorithm_protection"
        ]
        info["signed_attrs"] = cms.CMSAttributes(attributes)
        info["digest_algorithm"] = algos.DigestAlgorithm({"algorithm": "sha256"})
        oid = "2.16.840.1.101.3.4.3.14"  # id-rsassa-pkcs1-v1_5-with-sha3-256
        info["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": oid})
        content = tlv(SET, *sorted(a.dump() for a in attributes))
        info["signature"] = signer.key.sign(content, PKCS1v15(), hashes.SHA3_256())

    return change


@pytest.fixture
def signed(signer: Signer) -> bytes:
    return sign_pdf(a_pdf(), signer, reason="x")


def test_an_algorithm_that_is_not_known_is_not_called_a_change(client, signed, signer):
    pdf = with_other_cms(signed, sha3(signer))
    [report] = verify_pdf(pdf)
    assert (report.integrity, report.problem) == (Integrity.UNKNOWN, Problem.ALGORITHM)
    assert report.name == "SERVICOS DO ESTADO SA"
    assert not report.is_good
    text = page(client, pdf)
    assert "não pôde ser examinada" in text
    assert "algoritmo que este portal não conhece" in text
    assert "foi alterado" not in text


def test_an_md5_signature_proves_nothing(signed):
    def change(info: cms.SignerInfo) -> None:
        info["digest_algorithm"] = algos.DigestAlgorithm({"algorithm": "md5"})

    [report] = verify_pdf(with_other_cms(signed, change))
    assert (report.integrity, report.problem) == (Integrity.UNKNOWN, Problem.WEAK)


def test_a_signature_of_another_kind_is_not_passed_over(client, signed):
    pdf = signed.replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 ")
    [report] = verify_pdf(pdf)
    assert (report.integrity, report.problem) == (Integrity.UNKNOWN, Problem.KIND)
    assert "não pôde ser examinada" in page(client, pdf)


def test_validation_data_that_point_nowhere_are_no_change(client, signed):
    pdf = altering.updated(signed, altering.validation_data_that_point_nowhere)
    [report] = verify_pdf(pdf)
    assert (report.integrity, report.problem) == (Integrity.UNKNOWN, Problem.LATER)
    assert "foi alterado" not in page(client, pdf)


def test_a_change_is_proven_beside_validation_data_that_point_nowhere(signer):
    def both(writer: altering.Writer) -> None:
        altering.validation_data_that_point_nowhere(writer)
        altering.fill_in(writer)

    [report] = verify_pdf(altering.updated(sign_pdf(altering.a_form(), signer, reason="x"), both))
    assert report.integrity == Integrity.ALTERED
    assert [change.what for change in report.changes] == [What.FIELD]


@pytest.mark.parametrize("spoiled", ["signer", "attributes", "nothing there"])
def test_a_damaged_signature_beside_a_whole_one_does_not_hide_it(signed, signer, spoiled):
    pdf = sign_pdf(signed, signer, reason="B")
    start = pdf.rindex(b"/Contents <") + len(b"/Contents <")
    at = start + {"signer": 140, "attributes": 2600, "nothing there": 0}[spoiled]
    first, second = verify_pdf(pdf[:at] + b"ff" * 8 + pdf[at + 16 :])
    assert first.integrity == Integrity.WHOLE
    assert second.integrity != Integrity.WHOLE
    assert not second.is_good


def test_a_value_that_does_not_verify_is_proven(signed, signer):
    def change(info: cms.SignerInfo) -> None:
        info["signature"] = bytes(256)

    [report] = verify_pdf(with_other_cms(signed, change))
    assert report.integrity == Integrity.ALTERED
    assert [found.what for found in report.changes] == [What.SIGNATURE]


def test_a_detached_signature_has_the_same_three_verdicts(signer):
    p7s = sign_detached(b"a", signer)
    signed = cms.ContentInfo.load(p7s)
    sha3(signer)(signed["content"]["signer_infos"][0])
    for data, signature, expected in (
        (b"a", p7s, Integrity.WHOLE),
        (b"b", p7s, Integrity.ALTERED),
        (b"a", signed.dump(force=True), Integrity.UNKNOWN),
    ):
        assert verify_detached(data, signature)[0].integrity == expected


def test_too_many_signatures_are_refused_before_any_is_examined(signer, monkeypatch):
    monkeypatch.setattr(evidence, "MAX_SIGNATURES", 1)
    pdf = sign_pdf(sign_pdf(a_pdf(), signer, reason="x"), signer, reason="x")
    with pytest.raises(ValidationError) as caught:
        evidence.of_pdf(pdf)
    assert caught.value.code == "too_costly"


def test_what_was_revoked_since_is_not_headlined_as_valid(client, signed, monkeypatch):
    """Only the signer's own clock says that it signed before."""

    def revoked_since(*args, **kwargs):
        return replace(examine(*args, **kwargs), revocation=Revocation.GOOD, revoked_at=pki.now())

    monkeypatch.setattr("certificates.signatures.verification.examine", revoked_since)
    [report] = verify_pdf(signed)
    assert report.is_revoked_since
    text = page(client, signed)
    assert "A assinatura é válida" not in text
    assert "está revogado" in text
