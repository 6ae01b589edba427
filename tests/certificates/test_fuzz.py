"""Spoiled signatures, certificates and PFX files are read, or refused in our words; no hang."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import pem

from certificates.icp import pfx, read_certificate
from certificates.icp.reading import read_uploaded_certificate
from certificates.signatures import evidence, preparing
from certificates.signatures.signing import sign_detached, sign_pdf
from portal import sandbox
from tests.certificates import altering, authority, pki
from tests.fuzzing import FEWEST, survives, survives_in_sandbox

SAMPLE = Path(evidence.__file__).with_name("sample.pdf").read_bytes()


@pytest.mark.django_db
def test_verdict_on_a_pdf(signer):
    signed = sign_pdf(altering.a_form(), signer, reason="x")
    later = altering.updated(signed, altering.validation_data)
    samples = [SAMPLE, signed, later, sign_pdf(signed, signer, reason="y")]
    assert survives(evidence.of_pdf, samples, seed=1) >= FEWEST
    survives_in_sandbox(lambda data: sandbox.run(evidence.of_pdf, data), samples, seed=2)


@pytest.mark.django_db
def test_room_for_a_signature(signer):
    """What comes back is a place within what is appended, whatever the PDF says."""

    def prepare(data: bytes) -> None:
        entry = ("x", "y", datetime(2026, 11, 26, tzinfo=UTC))
        room = preparing.prepare(data, entry, 8192, (["a", "b"], "https://exemplo.com.br", -1))
        assert len(data) < room.start < room.end <= len(data) + len(room.update)

    samples = [SAMPLE, altering.a_form(), sign_pdf(altering.a_form(), signer, reason="x")]
    assert survives(prepare, samples, seed=1) >= FEWEST
    entry = ("x", "y", datetime(2026, 11, 26, tzinfo=UTC))
    survives_in_sandbox(
        lambda data: sandbox.run(preparing.prepare, data, entry, 8192, None), samples, seed=2
    )


@pytest.mark.django_db
def test_p7s(signer):
    p7s = sign_detached(b"a;b", signer)
    samples = [p7s, pem.armor("PKCS7", p7s)]
    assert survives(lambda data: evidence.of_detached(b"a;b", data), samples, seed=1) >= FEWEST
    survives_in_sandbox(
        lambda data: sandbox.run(evidence.of_detached, b"a;b", data), samples, seed=2
    )


def test_certificate():
    made = pki.a_person(pki.an_authority(), names=pki.a_cnpj_name())
    samples = [made.der, made.pem]
    assert survives(read_certificate, samples, seed=1) >= FEWEST
    survives_in_sandbox(read_uploaded_certificate, samples, seed=2)


def test_pfx():
    samples = [authority.pfx(leaf=authority.certificate())]
    assert survives(lambda data: pfx.read_pfx(data, authority.PASSWORD), samples, seed=1) >= FEWEST
    survives_in_sandbox(
        lambda data: pfx.read_uploaded_pfx(data, authority.PASSWORD), samples, seed=2
    )
