"""The demonstration's authority and files: what each is, that programs take it, that it renews."""

import io
import shutil
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import LazySettings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from certificates import demo
from certificates.demo import authority, cast, revocation
from certificates.demo.signer import demo_signer
from certificates.icp import Kind, check_usable, read_certificate
from certificates.icp.pfx import read_pfx
from certificates.models import SigningCertificate

NOW = datetime.now(UTC)
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
needs_nss = pytest.mark.skipif(not shutil.which("pk12util"), reason="pk12util is not installed")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder in which everything was made once."""
    return tmp_path_factory.mktemp("demo-var")


@pytest.fixture(autouse=True)
def _demonstration(settings: LazySettings, made: Path) -> None:
    settings.DEMO = True
    settings.VAR_DIR = made


@pytest.fixture
def fresh(settings: LazySettings, made: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to be spoilt."""
    demo.people()
    demo.server()
    demo.crls()
    shutil.copytree(made / "demo-ca", tmp_path / "demo-ca")
    settings.VAR_DIR = tmp_path
    return tmp_path / "demo-ca"


def der_of(slug: str) -> bytes:
    return demo.one(slug).public_path.read_bytes()


def run(*command: object) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_each_file_is_what_its_name_says():
    told = {c.slug: read_certificate(c.public_path.read_bytes()) for c in demo.people()}
    kinds = {
        "e-cpf": Kind.E_CPF, "e-cpf-novo": Kind.E_CPF, "e-cpf-daniel": Kind.E_CPF,
        "e-cpf-carla": Kind.E_CPF,
        "e-cnpj": Kind.E_CNPJ,
        "e-cnpj-escritorio": Kind.E_CNPJ, "e-cnpj-norte": Kind.E_CNPJ, "selo": Kind.SEAL,
        "vencido": Kind.E_CPF, "revogado": Kind.E_CPF,
    }  # fmt: skip
    assert {slug: record.kind for slug, record in told.items()} == kinds
    for certificate in demo.CAST:
        record = told[certificate.slug]
        assert (record.cpf, record.cnpj) == (certificate.cpf, certificate.cnpj)
        assert record.issuer == authority.ISSUER_NAME
        if not certificate.is_expired:
            check_usable(record, NOW)
    with pytest.raises(ValidationError) as caught:
        check_usable(told["vencido"], NOW)
    assert caught.value.code == "expired"
    assert any(c.isalpha() for c in told["e-cnpj-escritorio"].cnpj)


def test_the_files_open_with_the_password_and_are_the_owners_alone():
    for certificate in demo.people():
        pair = read_pfx(certificate.path.read_bytes(), demo.PASSWORD)
        assert pair.certificate.dump() == certificate.public_path.read_bytes()
        assert len(pair.others) == 2
    demo.root_file()
    demo.server()
    for file in demo.folder().glob("*.*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(demo.folder().stat().st_mode) == 0o700


def test_nothing_is_made_twice(monkeypatch):
    demo.people(), demo.server(), demo.crls(), demo.root_file()
    before = {f: f.read_bytes() for f in demo.folder().glob("*.*")}
    monkeypatch.setattr("certificates.demo.cast.rsa", None)
    demo.people(), demo.server(), demo.crls(), demo.root_file()
    assert {f: f.read_bytes() for f in demo.folder().glob("*.*")} == before


def test_what_is_near_its_end_is_made_again(fresh, monkeypatch):
    kept, server = der_of("e-cpf"), demo.server()[0].read_bytes()
    expired = der_of("vencido")
    monkeypatch.setattr(authority, "RENEW_BEFORE", timedelta(days=400))
    assert der_of("e-cpf") != kept
    assert demo.server()[0].read_bytes() != server
    assert der_of("vencido") == expired


def test_another_authority_makes_all_of_it_again(fresh):
    kept = der_of("e-cpf")
    (fresh / "root.pem").unlink()
    (fresh / "issuer.pem").unlink()
    assert der_of("e-cpf") != kept
    issuer = demo.demo_ca().issuer.certificate
    x509.load_der_x509_certificate(der_of("e-cpf")).verify_directly_issued_by(issuer)


def test_the_root_for_browsers_holds_no_key():
    pem = demo.root_file().read_bytes()
    assert b"PRIVATE" not in pem
    assert x509.load_pem_x509_certificate(pem) == demo.demo_ca().root.certificate


# The lists.


def test_the_revoked_one_is_on_the_list_and_the_others_are_not():
    demo.people()
    lists = [x509.load_der_x509_crl(data) for data in demo.crls()]
    ca = demo.demo_ca()
    for crl, above in zip(lists, (ca.issuer, ca.root), strict=True):
        assert crl.is_signature_valid(above.key.public_key())
        assert crl.issuer == above.certificate.subject
    for certificate in demo.people():
        serial = x509.load_der_x509_certificate(der_of(certificate.slug)).serial_number
        listed = lists[0].get_revoked_certificate_by_serial_number(serial)
        assert (listed is not None) == certificate.is_revoked
    assert demo.crl() == demo.crls()[0]


def test_a_list_is_renewed_before_it_goes_stale(fresh, monkeypatch):
    def files() -> list[int]:  # two lists made within one second may have the same bytes
        return [(fresh / name).stat().st_ino for name in revocation.LISTS]

    written = files()
    demo.crls()
    assert files() == written
    monkeypatch.setattr(revocation, "_RENEW_BEFORE", timedelta(days=31))
    demo.crls()
    assert files() != written


def test_what_is_revoked_is_on_the_list_at_once(fresh):
    serial = x509.load_der_x509_certificate(der_of("e-cnpj")).serial_number
    demo.crls()
    demo.revoke(serial, at=NOW)
    found = x509.load_der_x509_crl(demo.crl()).get_revoked_certificate_by_serial_number(serial)
    assert found
    assert found.revocation_date_utc == NOW.replace(microsecond=0)


# The TLS server's.


def test_the_servers_certificate_is_for_this_machine_and_short_lived(settings):
    settings.BASE_URL = "http://balcao.local:8000"
    chain, key = demo.server()
    certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "balcao.local"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    lives = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lives <= timedelta(days=398)
    assert b"PRIVATE KEY" in key.read_bytes()
    assert chain.read_bytes().count(b"BEGIN CERTIFICATE") == 2
    kept = chain.read_bytes()
    assert demo.server()[0].read_bytes() == kept
    settings.BASE_URL = "http://127.0.0.1:8000"
    assert demo.server()[0].read_bytes() != kept


# Other programs.


@needs_nss
def test_browsers_import_the_files(tmp_path):
    database = f"sql:{tmp_path}"
    run("certutil", "-N", "-d", database, "--empty-password")
    for certificate in demo.people():
        told = run("pk12util", "-d", database, "-W", demo.PASSWORD, "-i", certificate.path)
        assert "SUCCESSFUL" in told
    trust = ["-t", "CT,C,C", "-n", "raiz", "-i", demo.root_file()]
    assert not run("certutil", "-A", "-d", database, *trust)
    assert "is valid" in run(
        "certutil", "-V", "-d", database, "-u", "C", "-n", "e-cnpj (demonstracao)"
    )
    server = ["-t", ",,", "-n", "servidor", "-i", demo.server()[0]]
    run("certutil", "-A", "-d", database, *server)
    assert "is valid" in run("certutil", "-V", "-d", database, "-u", "V", "-n", "servidor")


@needs_openssl
def test_openssl_believes_the_good_and_refuses_the_expired_and_the_revoked(tmp_path):
    people = list(demo.people())  # one of them is revoked, which the lists then say
    root, (server, _key) = demo.root_file(), demo.server()
    for number, data in enumerate(demo.crls()):
        (tmp_path / "crl.der").write_bytes(data)
        pem = run("openssl", "crl", "-inform", "der", "-in", tmp_path / "crl.der")
        with (tmp_path / "crls.pem").open("a" if number else "w") as file:
            file.write(pem)
    said = {}
    for certificate in people:
        pem = run("openssl", "pkcs12", "-in", certificate.path, "-nokeys", "-clcerts",
                  "-passin", f"pass:{demo.PASSWORD}")  # fmt: skip
        (tmp_path / "c.pem").write_text(pem)
        said[certificate.slug] = run(
            "openssl", "verify", "-x509_strict", "-crl_check_all", "-CRLfile",
            tmp_path / "crls.pem", "-CAfile", root, "-untrusted", server, tmp_path / "c.pem",
        )  # fmt: skip
    assert "has expired" in said.pop("vencido")
    assert "revoked" in said.pop("revogado")
    assert all(text.strip().endswith("OK") for text in said.values()), said
    strict = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost"]
    told = run("openssl", "verify", *strict, "-CAfile", root, "-untrusted", server, server)
    assert told.strip().endswith("OK")


# Never in earnest.


def test_nothing_is_made_when_the_demonstration_is_off(settings, tmp_path):
    settings.DEMO, settings.VAR_DIR = False, tmp_path
    for make in (demo.people, demo.server, demo.root_file, lambda: demo.one("e-cpf")):
        with pytest.raises(RuntimeError, match="demonstration"):
            make()
    with pytest.raises(CommandError, match="DEMO"):
        call_command("demo_ca")
    assert not list(tmp_path.iterdir())


@pytest.mark.django_db
def test_the_command_says_where_the_files_are():
    out = io.StringIO()
    call_command("demo_ca", stdout=out)
    text = out.getvalue()
    for certificate in demo.CAST:
        assert str(certificate.path) in text
    assert demo.PASSWORD in text
    assert str(demo.folder() / cast._ROOT) in text
    assert SigningCertificate.objects.get().is_active


# The operator's.


def test_the_operators_file_is_opened_no_second_time(monkeypatch):
    data, password = demo.operator_pfx()
    monkeypatch.setattr(pkcs12, "load_pkcs12", None)
    assert demo.operator_pfx() == (data, password)


def test_an_operators_file_of_an_older_version_is_kept(fresh):
    data, _password = demo.operator_pfx()
    for file in fresh.glob("operator-*.cer"):
        file.unlink()
    assert demo.operator_pfx()[0] == data
    assert list(fresh.glob("operator-*.cer"))


@pytest.mark.django_db
def test_the_demonstrations_signer_is_loaded_once():
    assert demo_signer() is demo_signer()
