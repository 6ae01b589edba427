"""What strangers read about a signer: identity without the CPF, path, revocation, reasons."""

import io
from dataclasses import replace

import pytest
from asn1crypto import x509 as asn1_x509
from django.core.cache import cache
from django.urls import reverse

from certificates.signatures.signing import sign_pdf
from certificates.trust.models import Intermediate
from portal.outbox.delivery import sweep
from portal.outbox.models import Entry
from tests.certificates import pki
from tests.certificates.papers import a_pdf
from tests.certificates.world import World

pytestmark = pytest.mark.django_db


def page(client, pdf: bytes) -> str:
    cache.clear()
    file = io.BytesIO(pdf)
    file.name = "contrato.pdf"
    return client.post(reverse("invoices:verify"), {"file": file}).content.decode()


def signed(signer, leaf: pki.Made, *chain: pki.Made) -> bytes:
    others = tuple(asn1_x509.Certificate.load(c.der) for c in chain)
    parsed = asn1_x509.Certificate.load(leaf.der)
    return sign_pdf(a_pdf(), replace(signer, certificate=parsed, chain=others), reason="x")


def test_a_signers_identity_and_path_are_shown_and_its_cpf_is_not(client, signer, world: World):
    leaf = world.person(key=signer.key, subject=f"ANA SOUZA:{pki.CPF}")
    text = page(client, signed(signer, leaf, world.issuer))
    for part in ("ANA SOUZA", "e-CPF", "A1", pki.A1, "AC de Teste", "AC Raiz de Teste"):
        assert part in text
    assert f"***.{pki.CPF[3:6]}.{pki.CPF[6:9]}-**" in text
    assert pki.CPF not in text
    assert f"{pki.CPF[:3]}.{pki.CPF[3:6]}" not in text
    assert "Confirmado por uma autoridade confiável" in text


def test_a_company_is_shown_with_its_cnpj_and_who_answers_for_it(client, signer, world: World):
    leaf = world.person(key=signer.key, names=pki.a_cnpj_name(), subject="EMPRESA:1")
    text = page(client, signed(signer, leaf, world.issuer))
    cnpj = pki.CNPJ
    assert f"{cnpj[:2]}.{cnpj[2:5]}.{cnpj[5:8]}/{cnpj[8:12]}-{cnpj[12:]}" in text
    assert "e-CNPJ" in text
    assert "Responsável" in text
    assert pki.CPF not in text


def test_revocation_is_asked_about_and_then_known(client, signer, world: World):
    pdf = signed(signer, world.person(key=signer.key), world.issuer)
    assert "ainda não está aqui" in page(client, pdf)
    assert Entry.objects.count() == 1
    sweep()
    assert "Não revogado quando assinou" in page(client, pdf)


def test_an_authority_that_only_the_signature_brings_is_kept_and_asked(
    client, signer, world: World
):
    world.pin()
    pdf = signed(signer, world.person(key=signer.key), world.issuer)
    page(client, pdf)
    assert Intermediate.objects.get().source == Intermediate.Source.MET
    sweep()
    assert "Não revogado quando assinou" in page(client, pdf)


def test_a_revoked_signer_is_shown_as_one(client, signer, world: World):
    leaf = world.person(key=signer.key)
    world.server.pages["/ac.crl"] = pki.a_list(world.issuer, leaf.certificate)
    pdf = signed(signer, leaf, world.issuer)
    page(client, pdf)
    sweep()
    text = page(client, pdf)
    assert "antes de assinar" in text
    assert "estava revogado" in text
    assert "foi revogado" in text


def test_a_stranger_is_shown_with_the_reason(client, signer, world: World):
    root = pki.an_authority("Raiz Estranha", key=pki.a_key(5))
    text = page(client, signed(signer, pki.a_person(root, key=signer.key), root))
    assert "não é confiável aqui" in text
    assert not Entry.objects.exists()
