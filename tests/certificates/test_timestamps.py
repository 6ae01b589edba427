"""Time stamps: a local RFC 3161 server, and what happens when it is down or refuses."""

import ssl
import threading
import urllib.error
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from asn1crypto import keys, tsp, x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from certificates.signatures.signing import TimestampFailed, sign_detached, sign_pdf
from certificates.signatures.timestamps import NOT_SECURE, _Answer, _cause
from certificates.signatures.verification import verify_detached, verify_pdf
from tests.certificates import authority, pki
from tests.certificates.papers import a_pdf

pytestmark = pytest.mark.django_db


class Server(HTTPServer):
    def __init__(self, answer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.seen: list[dict[str, str]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(dict(self.headers))
        status, data = self.server.answer(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


def the_authority() -> DummyTimeStamper:
    key = authority.OTHER_KEY
    name = authority.name("ACT de Teste")
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    certificate = (
        cx509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(9))
        .add_extension(cx509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return DummyTimeStamper(
        x509.Certificate.load(certificate.public_bytes(Encoding.DER)), keys.PrivateKeyInfo.load(der)
    )


@pytest.fixture
def serve(settings) -> Iterator[object]:
    servers = []

    def start(answer) -> Server:
        server = Server(answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.TSA_URL = f"http://127.0.0.1:{server.server_port}/"
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def granted(body: bytes) -> tuple[int, bytes]:
    return 200, the_authority().request_tsa_response(tsp.TimeStampReq.load(body)).dump()


def test_with_an_authority_the_signature_carries_its_time_stamp(serve, signer):
    serve(granted)
    [report] = verify_pdf(sign_pdf(a_pdf(), signer, reason="x"))
    assert report.intact
    assert report.whole
    assert report.stamped_at is not None


def test_a_stamp_of_a_strangers_authority_is_told_from_a_trusted_ones(
    serve, signer, settings, tmp_path
):
    root = pki.an_authority()
    purpose = cx509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    made = pki.make("ACT", issuer=root, key=pki.a_key(4), extensions=[(purpose, True)])
    der = made.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stamper = DummyTimeStamper(x509.Certificate.load(made.der), keys.PrivateKeyInfo.load(der))
    serve(lambda body: (200, stamper.request_tsa_response(tsp.TimeStampReq.load(body)).dump()))
    pdf = sign_pdf(a_pdf(), signer, reason="x")
    assert not verify_pdf(pdf)[0].stamp_trusted
    (tmp_path / "roots.pem").write_bytes(root.pem)
    settings.TRUST_ROOTS_FILE = str(tmp_path / "roots.pem")
    assert verify_pdf(pdf)[0].stamp_trusted


def test_a_detached_signature_carries_one_too(serve, signer):
    serve(granted)
    [report] = verify_detached(b"abc", sign_detached(b"abc", signer))
    assert report.intact
    assert report.stamped_at is not None


def test_user_and_password_go_along(serve, signer, settings):
    settings.TSA_USERNAME, settings.TSA_PASSWORD = "balcao", "segredo"
    server = serve(granted)
    sign_pdf(a_pdf(), signer, reason="x")
    assert server.seen[0]["Authorization"] == "Basic YmFsY2FvOnNlZ3JlZG8="


def test_an_authority_that_is_down_is_said_to_be(settings, signer, caplog):
    settings.TSA_URL = "http://127.0.0.1:9/"
    with pytest.raises(TimestampFailed) as caught:
        sign_pdf(a_pdf(), signer, reason="x")
    assert str(caught.value) == (
        "A autoridade de carimbo do tempo não respondeu. Nada foi assinado."
        " Tente de novo em alguns minutos."
    )
    assert "ConnectionRefusedError" in caplog.text
    with pytest.raises(TimestampFailed):
        sign_detached(b"x", signer)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda _body: (500, b"oops"), "respondeu com um erro"),
        (lambda _body: (403, b"no"), "não aceitou o usuário e a senha"),
        (lambda _body: (200, b"<html>nao</html>"), "respondeu com um erro"),
        (
            lambda _body: (200, _Answer({"status": {"status": "rejection"}}).dump()),
            "recusou",
        ),
        (
            lambda _body: granted(the_authority().request_cms(bytes(32), "sha256")[1].dump()),
            "não é o carimbo do tempo pedido",
        ),
    ],
    ids=["error", "not let in", "not a time stamp", "refusal", "somebody else's"],
)
def test_a_bad_answer_fails_the_signature_and_says_why_in_plain_words(serve, signer, answer, said):
    serve(answer)
    with pytest.raises(TimestampFailed, match=said) as caught:
        sign_pdf(a_pdf(), signer, reason="x")
    assert "Nada foi assinado" in str(caught.value)


def test_an_authority_whose_certificate_is_not_trusted_is_not_asked():
    cause = ssl.SSLCertVerificationError("self-signed certificate")
    assert _cause(urllib.error.URLError(cause)) is NOT_SECURE


def test_an_address_that_is_no_web_address_is_refused(settings, signer):
    settings.TSA_URL = "file:///etc/passwd"
    with pytest.raises(TimestampFailed, match="não é um endereço da web"):
        sign_pdf(a_pdf(), signer, reason="x")
