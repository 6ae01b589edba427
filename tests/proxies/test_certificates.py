"""The certificate that somebody sends for an access: taken, or refused with the exact reason."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)
from django.core.exceptions import ValidationError
from django.utils import timezone

from certificates.icp import certificates_in
from certificates.icp.pfx import MAX_BYTES
from certificates.trust import validation
from certificates.trust.revocation import request_check
from certificates.trust.verdict import Fault
from portal.outbox.delivery import sweep
from proxies.services.certificates import read, remarks
from tests.certificates import authority, pki, web
from tests.certificates.authority import PASSWORD, pfx, raw_pfx
from tests.certificates.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def pinned(settings, tmp_path):
    """A root that is trusted here, and its authority."""
    root = pki.an_authority()
    (tmp_path / "roots.pem").write_bytes(root.pem)
    settings.TRUST_ROOTS_FILE = str(tmp_path / "roots.pem")
    return pki.an_authority("AC de Teste", issuer=root)


def a_company(issuer, **more):
    return pki.a_person(issuer, **{"names": pki.a_cnpj_name(), **more})


def packed(made, *others, password=PASSWORD):
    return pfx(password=password, key=made.key, leaf=made.certificate, others=list(others))


def code_of(data, *, password=PASSWORD, holder=pki.CNPJ, at=None):
    with pytest.raises(ValidationError) as caught:
        read(data, password, holder=holder, at=at or timezone.now())
    return caught.value.code


@pytest.mark.parametrize("key", [pki.a_key(2), ec.generate_private_key(ec.SECP256R1())])
def test_the_key_and_the_path_come_out_and_no_password_is_needed_any_more(pinned, key):
    made = a_company(pinned, key=key)
    others = [pinned.issuer.certificate, pinned.certificate]
    said, key_der, chain = read(packed(made, *others), PASSWORD, holder=pki.CNPJ, at=timezone.now())
    assert (said.tax_id, said.der, said.issuer) == (pki.CNPJ, made.der, "AC de Teste")
    public = load_der_private_key(key_der, password=None).public_key()
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert public.public_bytes(*form) == key.public_key().public_bytes(*form)
    nearest_first = [c.dump() for c in certificates_in(chain.encode())]
    assert nearest_first == [pinned.der, pinned.issuer.der]


def test_what_cannot_be_opened_is_refused_with_its_reason(pinned):
    made = a_company(pinned)
    two = [made.der, a_company(pinned).der]
    assert code_of(packed(made), password="outra") == "wrong_password"
    assert code_of(b"nada") == "unreadable"
    assert code_of(b"0" * (MAX_BYTES + 1)) == "too_large"
    assert code_of(pfx(key=None, others=[made.certificate])) == "no_private_key"
    assert code_of(pfx(key=made.key, others=[pinned.certificate])) == "no_certificate"
    assert code_of(raw_pfx([made.key], two)) == "several_leaves"


def test_a_key_that_no_agency_takes_is_refused(pinned):
    made = a_company(pinned, key=dsa.generate_private_key(1024))
    assert code_of(packed(made)) == "unsupported_key"


def test_outside_its_validity_a_certificate_is_refused_with_the_day(pinned):
    data = packed(a_company(pinned))
    now = timezone.now()
    assert code_of(data, at=now + timedelta(days=300)) == "expired"
    assert code_of(data, at=now - timedelta(days=150)) == "not_yet_valid"
    assert read(data, PASSWORD, holder=pki.CNPJ, at=now)


def test_another_holder_is_named_a_cpf_only_in_part(pinned):
    data = packed(pki.a_person(pinned))
    assert read(data, PASSWORD, holder=pki.CPF, at=timezone.now())[0].tax_id == pki.CPF
    with pytest.raises(ValidationError) as caught:
        read(data, PASSWORD, holder=pki.CNPJ, at=timezone.now())
    text = caught.value.messages[0]
    assert caught.value.code == "other_holder"
    assert "12.ABC.345/0001" in text
    assert f"***.{pki.CPF[3:6]}.{pki.CPF[6:9]}-**" in text
    assert pki.CPF not in text


def test_an_e_cnpj_is_the_companys_not_its_responsible_persons(pinned):
    assert code_of(packed(a_company(pinned)), holder=pki.CPF) == "other_holder"


def test_a_certificate_of_a_server_or_of_no_icp_brasil_is_refused(pinned):
    server = a_company(pinned, extended=[authority.SERVER_AUTH])
    assert code_of(packed(server)) == "server_certificate"
    assert code_of(packed(a_company(pinned, policy="1.2.3.4"))) == "not_icp"
    assert code_of(packed(a_company(pinned, names=[]))) == "not_icp"


def test_a_demonstrations_certificate_opens_nothing_where_there_is_no_demonstration(
    pinned, monkeypatch
):
    monkeypatch.setattr(validation, "is_demo", lambda _certificate: True)
    data = packed(a_company(pinned))
    assert code_of(data) == "demonstration"
    monkeypatch.setattr(validation, "demonstrations_accepted", lambda: True)
    assert read(data, PASSWORD, holder=pki.CNPJ, at=timezone.now())


@pytest.fixture
def world(settings, tmp_path):
    """Authorities whose lists are on a server that jobs may ask."""
    server = web.Web()
    settings.TRUST_PRIVATE_HOSTS = [server.host]
    yield World(server, settings, tmp_path)
    server.stop()


def test_a_revoked_certificate_is_refused_and_an_unknown_state_only_said(world):
    at = timezone.now()
    made = a_company(world.issuer, lists=world.url("/ac.crl"))
    data = packed(made, world.issuer.certificate)
    said, _key, chain = read(data, PASSWORD, holder=pki.CNPJ, at=at)
    assert remarks(said.der, chain, at=at) == [str(Fault.REVOCATION_UNKNOWN.label)]
    world.server.pages["/ac.crl"] = pki.a_list(world.issuer, made.certificate)
    request_check(made.der)
    sweep()
    assert code_of(data) == "revoked"


def test_an_authority_that_nobody_knows_here_is_said(pinned):
    at = timezone.now()
    stranger = pki.an_authority("AC de Fora", key=pki.a_key(7))
    said, _key, chain = read(packed(a_company(stranger)), PASSWORD, holder=pki.CNPJ, at=at)
    assert remarks(said.der, chain, at=at) == [str(Fault.UNKNOWN_AUTHORITY.label)]
