"""The demonstration's authority issues what an order says, and the same again when asked again."""

import shutil
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import LazySettings

from certificates import demo
from certificates.demo import issuing
from certificates.demo.issuing import DemoIssuing
from certificates.icp import CertificateRecord, Kind, check_usable, read_certificate
from certificates.issuing import (
    AuthorityDown,
    Failed,
    Issued,
    IssueOrder,
    Medium,
    Refused,
    RevocationReason,
    Subject,
    current_authority,
)
from certificates.trust.validation import examine
from certificates.trust.verdict import Purpose
from portal import sandbox
from tests.certificates import requests
from tests.certificates.authority import OTHER_KEY
from tests.factories import a_cnpj, a_cpf

PERSON = Subject(
    kind=Kind.E_CPF, name="Érica Conceição", cpf=a_cpf(), email="erica@exemplo.com.br",
    born_on=date(1984, 2, 29),
)  # fmt: skip
COMPANY = replace(PERSON, kind=Kind.E_CNPJ, company_name="Aurora Ltda", cnpj=a_cnpj())
ORDER = IssueOrder(reference="2732509", subject=PERSON, years=1, medium=Medium.A1)
CSR = requests.der("2732509")
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tmp_path_factory.mktemp("demo-var")


@pytest.fixture(autouse=True)
def _demonstration(settings: LazySettings, made: Path) -> None:
    settings.DEMO = True
    settings.VAR_DIR = made


def issued(order: IssueOrder = ORDER, csr: bytes = CSR) -> tuple[bytes, ...]:
    authority = DemoIssuing()
    state = authority.poll(authority.submit(order, csr, None), order, csr)
    assert isinstance(state, Issued)
    return state.chain


def record(order: IssueOrder = ORDER, csr: bytes = CSR) -> CertificateRecord:
    return read_certificate(issued(order, csr)[0])


def listed_reason(serial: int) -> str:
    crl = x509.load_der_x509_crl(demo.crl())
    listed = crl.get_revoked_certificate_by_serial_number(serial)
    assert listed is not None
    reason: str = listed.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    return reason


def test_the_demonstration_issues_and_without_it_staff_do(settings):
    assert isinstance(current_authority(), DemoIssuing)
    settings.DEMO = False
    assert current_authority() is None


def test_an_e_cpf_names_the_holder_of_the_order():
    found = record()
    assert (found.kind, found.policy) == (Kind.E_CPF, "A1")
    assert (found.name, found.cpf, found.cnpj) == ("ÉRICA CONCEIÇÃO", PERSON.cpf, "")
    assert found.person
    assert (found.person.birth, found.email) == (date(1984, 2, 29), "erica@exemplo.com.br")
    check_usable(found, datetime.now(UTC))


def test_an_e_cnpj_names_the_company_and_who_answers_for_it():
    found = record(replace(ORDER, reference="1", subject=COMPANY, medium=Medium.A3, years=3))
    assert (found.kind, found.policy) == (Kind.E_CNPJ, "A3")
    assert (found.name, found.cnpj) == ("AURORA LTDA", COMPANY.cnpj)
    assert found.person
    assert (found.person.name, found.person.cpf) == ("ÉRICA CONCEIÇÃO", PERSON.cpf)
    assert found.person.birth == date(1984, 2, 29)


def test_what_the_request_says_of_a_person_counts_for_nothing():
    csr = requests.der("JOSE DA SILVA:12345678909")
    assert "JOSE" not in read_certificate(issued(csr=csr)[0]).name
    assert b"JOSE" not in issued(csr=csr)[0]


@pytest.mark.parametrize("email", ["", "érica@exemplo.com.br"])
def test_an_address_that_a_certificate_cannot_hold_is_left_out(email):
    order = replace(ORDER, reference=f"e{email}", subject=replace(PERSON, email=email))
    assert record(order).email == ""


def test_the_longest_names_and_an_unknown_birthday_fit():
    long = replace(COMPANY, name="N" * 200, company_name="Ç" * 200, born_on=None)
    found = record(replace(ORDER, reference="long", subject=long))
    assert found.person
    assert (found.cnpj, found.person.cpf) == (COMPANY.cnpj, PERSON.cpf)
    assert found.person.birth is None


@pytest.mark.parametrize(("medium", "years"), [("A1", 1), ("A3", 1), ("A3", 3), ("A3", 5)])
def test_a_certificate_lives_as_many_years_as_were_bought(medium, years):
    order = replace(ORDER, reference=f"{medium}{years}", medium=Medium(medium), years=years)
    found, now = record(order), datetime.now(UTC)
    assert found.policy == medium
    assert abs(found.not_after - now.replace(year=now.year + years, day=min(now.day, 28))) < (
        timedelta(days=4)
    )
    assert found.not_before <= now


@pytest.mark.parametrize(("medium", "years"), [("A1", 0), ("A1", 2), ("A3", 0), ("A3", 6)])
def test_years_that_icp_brasil_does_not_know_are_refused(medium, years):
    with pytest.raises(Refused, match=str(years)):
        DemoIssuing().submit(replace(ORDER, medium=Medium(medium), years=years), CSR, None)


def test_a_year_from_29_february_ends_on_the_28th():
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert issuing._years_after(leap, 1) == datetime(2029, 2, 28, 12, tzinfo=UTC)
    assert issuing._years_after(leap, 4) == datetime(2032, 2, 29, 12, tzinfo=UTC)


def test_no_certificate_outlives_the_authority_that_issued_it():
    issuer_ends = demo.demo_ca().issuer.certificate.not_valid_after_utc
    near_its_end = issuer_ends - timedelta(days=30)
    leaf = issuing._issued(replace(ORDER, medium=Medium.A3, years=5), CSR, now=near_its_end)[0]
    assert leaf.not_valid_after_utc == issuer_ends


def test_a_weak_request_is_refused():
    weak = requests.der("1", key=requests.rsa_key(bits=requests.WEAK_BITS))
    with pytest.raises(Refused, match="1024"):
        DemoIssuing().submit(ORDER, weak, None)


def test_a_request_that_nobody_could_look_at_is_asked_for_again_later(monkeypatch):
    def busy(*_args: object, **_more: object) -> None:
        raise sandbox.Busy

    monkeypatch.setattr(sandbox, "run", busy)
    with pytest.raises(AuthorityDown):
        DemoIssuing().submit(ORDER, CSR, None)


def test_asked_again_it_gives_the_same_and_for_another_key_another():
    first = issued()
    assert issued() == first
    assert issued(csr=requests.der("2732509", key=OTHER_KEY))[0] != first[0]
    assert issued(replace(ORDER, reference="2732510"))[0] != first[0]


def test_two_that_ask_at_once_get_one_certificate():
    order, found = replace(ORDER, reference="at once"), []
    threads = [threading.Thread(target=lambda: found.append(issued(order))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


@pytest.mark.parametrize("ref", ["", "0" * 64, "../root", "../../raiz"])
def test_a_reference_that_it_did_not_give_has_failed(ref):
    assert isinstance(DemoIssuing().poll(ref, ORDER, CSR), Failed)


@pytest.mark.django_db
def test_the_portal_trusts_it_until_it_is_revoked():
    leaf, *others = issued(replace(ORDER, reference="to be revoked"))
    now = datetime.now(UTC)
    assert examine(leaf, purpose=Purpose.LOGIN, at=now, others=others).faults == ()
    serial = f"{x509.load_der_x509_certificate(leaf).serial_number:x}"
    for reason in (RevocationReason.SUPERSEDED, RevocationReason.KEY_COMPROMISE):
        DemoIssuing().revoke(serial, reason)
    verdict = examine(leaf, purpose=Purpose.LOGIN, at=now + timedelta(minutes=1), others=others)
    assert [fault.value for fault in verdict.faults] == ["revoked"]
    assert listed_reason(int(serial, 16)) == "superseded"


@pytest.mark.parametrize("reason", RevocationReason)
def test_a_list_can_say_every_reason(reason):
    serial = 0xFF00 + list(RevocationReason).index(reason)
    DemoIssuing().revoke(f"{serial:x}", reason)
    assert listed_reason(serial) == reason.value


def test_what_was_revoked_before_reasons_were_kept_is_still_on_the_list():
    demo.crls()
    file = demo.folder() / "revogados.json"
    file.write_text('{"abc123": "2026-01-02T03:04:05+00:00"}')
    (demo.folder() / "crl.der").unlink()
    assert listed_reason(0xABC123) == "keyCompromise"


@needs_openssl
@pytest.mark.parametrize("subject", [PERSON, COMPANY], ids=["e-CPF", "e-CNPJ"])
def test_openssl_verifies_the_chain(subject, tmp_path):
    leaf, *above = issued(replace(ORDER, reference="openssl", subject=subject))
    assert tuple(above) == DemoIssuing().chain()
    for name, ders in {"leaf": [leaf], "above": above[:-1], "root": above[-1:]}.items():
        pem = b"".join(
            x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in ders
        )
        (tmp_path / f"{name}.pem").write_bytes(pem)
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.pem",
         "-untrusted", "above.pem", "leaf.pem"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "leaf.pem: OK", done.stderr
