"""The EST client against a server that speaks the protocol: what it asks, what it makes of answers."""

import base64
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from asn1crypto import pem
from cryptography import x509
from django.conf import LazySettings
from django.utils import timezone

from certificates.icp import Kind, read_certificate
from certificates.issuing import (
    AuthorityDown,
    Failed,
    Issued,
    IssueOrder,
    Medium,
    NotOffered,
    Pending,
    Refused,
    RevocationReason,
    Subject,
    current_authority,
)
from certificates.issuing.est import EstAuthority
from portal import sandbox
from tests.certificates import pki, requests
from tests.certificates.authority import KEY, OTHER_KEY
from tests.certificates.est_server import PASSWORD, PREFIX, USER, EstServer, Reply, pem_of

NUMBER = "2732509"
PERSON = Subject(kind=Kind.E_CPF, name="Ana Souza", cpf=pki.CPF, email="ana@exemplo.com.br")
COMPANY = replace(PERSON, kind=Kind.E_CNPJ, company_name="Aurora", cnpj=pki.CNPJ)
ORDER = IssueOrder(reference=NUMBER, subject=PERSON, years=1, medium=Medium.A1)
CSR = requests.der(NUMBER)
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EstServer]:
    made = EstServer(tmp_path)
    made.registered[NUMBER] = {"names": pki.a_cpf_name()}
    yield made
    made.stop()


@pytest.fixture
def authority(server: EstServer) -> EstAuthority:
    return EstAuthority(
        url=server.url, user=USER, password=PASSWORD, ca_file=str(server.ca_file), seconds=20
    )


def poll(authority: EstAuthority, order: IssueOrder = ORDER, csr: bytes = CSR) -> object:
    return authority.poll(authority.submit(order, csr, None), order, csr)


def chain_of(state: object) -> tuple[bytes, ...]:
    assert isinstance(state, Issued), state
    return state.chain


def test_the_settings_name_the_authority(settings: LazySettings, server: EstServer) -> None:
    settings.ISSUING_EST_URL = server.url
    settings.ISSUING_EST_USER, settings.ISSUING_EST_PASSWORD = USER, PASSWORD
    settings.ISSUING_EST_CA_FILE = str(server.ca_file)
    found = current_authority()
    assert isinstance(found, EstAuthority)
    assert len(found.chain()) == 2
    assert PASSWORD not in repr(found)


def test_the_configured_authority_goes_before_the_demonstrations(settings: LazySettings) -> None:
    settings.DEMO, settings.ISSUING_EST_URL = True, "https://ac.exemplo.com.br/.well-known/est"
    assert isinstance(current_authority(), EstAuthority)


def test_the_authoritys_certificates_come_with_the_root_last(authority, server):
    assert authority.chain() == (server.issuer.der, server.root.der)


def test_an_order_is_issued_with_the_key_of_its_request(authority, server):
    leaf, *above = chain_of(poll(authority))
    assert above == [server.issuer.der, server.root.der]
    record = read_certificate(leaf)
    assert (record.kind, record.cpf) == (Kind.E_CPF, pki.CPF)
    assert x509.load_der_x509_certificate(leaf).public_key() == KEY.public_key()


def test_the_request_goes_as_the_protocol_wants(authority, server):
    poll(authority)
    asked = server.asked[0]
    assert asked.path == f"{PREFIX}/simpleenroll"
    assert asked.headers["content-type"] == "application/pkcs10"
    assert base64.b64decode(asked.body) == CSR


def test_submitting_sends_nothing_and_gives_the_same_reference_each_time(authority, server):
    first = authority.submit(ORDER, CSR, None)
    assert authority.submit(ORDER, CSR, b"proof") == first
    assert len(first) <= 200
    other = requests.der(NUMBER, key=OTHER_KEY)
    assert authority.submit(ORDER, other, None) != first
    assert server.asked == []


@pytest.mark.parametrize("names", [(), ("JOSE",), (NUMBER, "JOSE")])
def test_a_request_without_the_orders_number_is_not_sent(authority, server, names):
    with pytest.raises(Refused, match=NUMBER):
        authority.submit(ORDER, requests.der(*names), None)
    assert server.asked == []


def test_a_weak_request_is_not_sent(authority, server):
    weak = requests.der(NUMBER, key=requests.rsa_key(bits=requests.WEAK_BITS))
    with pytest.raises(Refused, match="1024"):
        authority.submit(ORDER, weak, None)
    assert server.asked == []


def test_a_request_that_nobody_could_look_at_is_asked_for_again_later(authority, monkeypatch):
    def busy(*_args: object, **_more: object) -> None:
        raise sandbox.Busy

    monkeypatch.setattr(sandbox, "run", busy)
    with pytest.raises(AuthorityDown):
        authority.submit(ORDER, CSR, None)


def test_a_pending_request_is_asked_for_again_by_the_very_same(authority, server):
    server.replies = [Reply(202, headers={"Retry-After": "30"})]
    assert poll(authority) == Pending(30)
    assert isinstance(poll(authority), Issued)
    sent = [asked.body for asked in server.asked if asked.body]
    assert sent == [sent[0]] * 2
    assert server.issued == [CSR]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1", 1), ("0", 1), ("99999999", 86400), ("", None), ("-5", None), ("logo", None),
     ("²", None), ("9" * 400, 86400)],
)  # fmt: skip
def test_the_pause_that_is_asked_for_has_limits(authority, server, text, seconds):
    server.replies = [Reply(202, headers={"Retry-After": text} if text else {})]
    assert poll(authority) == Pending(seconds)


def test_the_pause_may_be_given_as_a_date(authority, server):
    date = format_datetime(timezone.now() + timedelta(minutes=5), usegmt=False)
    server.replies = [Reply(202, headers={"Retry-After": date})]
    state = poll(authority)
    assert isinstance(state, Pending)
    assert state.retry_after is not None
    assert 280 <= state.retry_after <= 300


SHAPES = {
    "base64 in lines": base64.encodebytes,
    "base64 in one line": base64.b64encode,
    "base64 with CRLF": lambda der: base64.encodebytes(der).replace(b"\n", b"\r\n"),
    "DER": lambda der: der,
    "PEM": lambda der: pem.armor("PKCS7", der),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
@pytest.mark.parametrize("with_chain", [False, True])
@pytest.mark.parametrize("in_order", [list, lambda found: found[::-1]])
def test_an_answer_is_read_however_it_is_written(authority, server, shape, with_chain, in_order):
    server.shape, server.with_chain, server.in_order = shape, with_chain, in_order
    leaf, *above = chain_of(poll(authority))
    assert read_certificate(leaf).cpf == pki.CPF
    assert above == [server.issuer.der, server.root.der]


def test_the_certificate_counts_though_those_above_it_cannot_be_had(authority, server):
    enrolled = server.enrol
    server.replies = []
    server.answer = lambda asked: enrolled(asked) if asked.body else Reply(503)
    assert len(chain_of(poll(authority))) == 1


def test_an_e_cnpj_is_issued_to_its_company(authority, server):
    server.registered[NUMBER] = {"names": pki.a_cnpj_name()}
    record = read_certificate(chain_of(poll(authority, replace(ORDER, subject=COMPANY)))[0])
    assert (record.kind, record.cnpj) == (Kind.E_CNPJ, pki.CNPJ)


@pytest.mark.parametrize(
    "subject",
    [
        replace(PERSON, cpf="52998224725"),
        COMPANY,
    ],
    ids=["another person's", "a company's"],
)
def test_a_certificate_of_another_holder_is_not_handed_out(authority, subject):
    state = poll(authority, replace(ORDER, subject=subject))
    assert isinstance(state, Failed)
    assert "revogação" in state.reason


def test_a_certificate_with_another_key_is_not_handed_out(authority, server):
    other = pki.a_person(server.issuer, key=OTHER_KEY).certificate
    server.replies = [server.certs_only([other])]
    assert isinstance(poll(authority), Failed)


def test_two_certificates_with_our_key_are_not_chosen_from(authority, server):
    csr = x509.load_der_x509_csr(CSR)
    both = [pki.a_person(server.issuer, key=csr).certificate for _ in range(2)]
    server.replies = [server.certs_only(both)]
    assert isinstance(poll(authority), Failed)


@pytest.mark.parametrize("body", [b"", b"<html>", b"MIIB", b"\x30\x80", b"\0" * 100])
def test_an_answer_that_holds_no_certificate_is_not_asked_for_again(authority, server, body):
    server.replies = [Reply(200, body)]
    assert isinstance(poll(authority), Failed)


def test_what_the_authority_says_against_a_request_is_kept(authority):
    assert poll(authority, replace(ORDER, reference="1"), requests.der("1")) == Failed(
        "Solicitação desconhecida."
    )


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(400, b"a\0b\r\n\x1b[31mc"), "a b [31mc"),
        (Reply(409, b"x" * 9999), "x" * 500),
        (Reply(400, b"\xe7"), "�"),
        (Reply(400, b"<html>", {"Content-Type": "text/html"}), "A autoridade respondeu com o status 400."),
        (Reply(422, b""), "A autoridade respondeu com o status 422."),
    ],
)  # fmt: skip
def test_a_reason_is_one_short_line_of_plain_text(authority, server, reply, reason):
    server.replies = [reply]
    assert poll(authority) == Failed(reason)


@pytest.mark.parametrize("status", [201, 204, 301, 307, 401, 403, 404, 408, 429, 500, 503])
def test_what_says_nothing_of_the_request_is_tried_again_later(authority, server, status):
    server.replies = [Reply(status, headers={"Retry-After": "120", "Location": "https://x.br/"})]
    with pytest.raises(AuthorityDown) as caught:
        poll(authority)
    assert caught.value.retry_after == 120
    assert len(server.asked) == 1


def test_a_wrong_password_is_said_so(authority):
    with pytest.raises(AuthorityDown, match="senha"):
        poll(replace(authority, password="errada"))


def test_a_certificate_opens_the_authority_without_a_password(authority, server, tmp_path):
    ours = pki.a_person(server.root, subject="RA BALCAO", key=pki.a_key(8))
    (tmp_path / "ra.pem").write_bytes(ours.pem)
    (tmp_path / "ra-key.pem").write_bytes(pem_of(ours.key))
    with_certificate = replace(
        authority, user="", password="", cert_file=str(tmp_path / "ra.pem"),
        key_file=str(tmp_path / "ra-key.pem"),
    )  # fmt: skip
    assert isinstance(poll(with_certificate), Issued)
    assert server.asked[0].client == "RA BALCAO"
    assert "authorization" not in server.asked[0].headers
    with pytest.raises(AuthorityDown, match="arquivo"):
        poll(replace(with_certificate, key_file=str(tmp_path / "none.pem")))


def test_a_server_that_the_authorities_do_not_vouch_for_gets_no_password(authority, server):
    with pytest.raises(AuthorityDown, match="CERTIFICATE_VERIFY_FAILED"):
        poll(replace(authority, ca_file=""))
    assert server.asked == []


def test_a_server_by_another_name_gets_no_password(authority, server):
    with pytest.raises(AuthorityDown):
        poll(replace(authority, url=server.url.replace("127.0.0.1", "localhost")))
    assert server.asked == []


def test_an_address_without_tls_is_not_asked(authority, server):
    with pytest.raises(AuthorityDown):
        poll(replace(authority, url=server.url.replace("https", "http")))


def test_an_answer_without_end_is_not_read(authority, server):
    server.replies = [Reply(200, b"x" * 300_000)]
    with pytest.raises(AuthorityDown):
        poll(authority)


def test_an_authority_that_is_not_there_is_tried_again_later(authority, server):
    server.stop()
    with pytest.raises(AuthorityDown):
        poll(replace(authority, seconds=3))
    with pytest.raises(AuthorityDown):
        authority.chain()


@pytest.mark.parametrize("body", [b"", b"<html>", b"MIIB"])
def test_certificates_of_the_authority_that_cannot_be_read_are_asked_for_again(
    authority, server, body
):
    server.replies = [Reply(200, body)]
    with pytest.raises(AuthorityDown):
        authority.chain()


def test_a_revocation_is_for_staff_at_the_authority(authority):
    with pytest.raises(NotOffered, match="abc123"):
        authority.revoke("abc123", RevocationReason.KEY_COMPROMISE)


def test_old_versions_of_tls_are_not_spoken(authority):
    assert authority._context().minimum_version == ssl.TLSVersion.TLSv1_2


@needs_openssl
def test_openssl_verifies_what_came(authority, tmp_path):
    leaf, *above = chain_of(poll(authority))
    files = {"leaf": [leaf], "above": above[:-1], "root": above[-1:]}
    for name, ders in files.items():
        text = b"".join(pem.armor("CERTIFICATE", der) for der in ders)
        (tmp_path / f"{name}.pem").write_bytes(text)
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.pem",
         "-untrusted", "above.pem", "leaf.pem"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "leaf.pem: OK", done.stderr
