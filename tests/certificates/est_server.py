"""A local EST server (RFC 7030) over TLS: ``cacerts`` and ``simpleenroll``, and ways to go wrong."""

import base64
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.certificates import pki

PREFIX = "/.well-known/est"
USER, PASSWORD = "ra-balcao", "senha da ré"


@dataclass
class Reply:
    """An answer as it is sent."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    body: bytes
    client: str  # the CN of its certificate


class EstServer(ThreadingHTTPServer):
    """``registered``: what each order's holder is, by the order's number: otherNames and CN.

    ``replies``: answers that come before the ordinary ones, one for each request. ``shape``
    writes the PKCS#7 of an answer (default: base64 in lines). Every enrolment that was answered
    with a certificate is counted in ``issued``, by the request's DER.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = pki.an_authority()
        self.issuer = pki.an_authority("AC de Teste", issuer=self.root)
        self.ca_file, self.cert_file, self.key_file = (
            folder / "tls-ca.pem", folder / "tls.pem", folder / "tls-key.pem",
        )  # fmt: skip
        self.registered: dict[str, dict[str, Any]] = {}
        self.replies: list[Reply] = []
        self.asked: list[Asked] = []
        self.issued: list[bytes] = []
        self.shape: Callable[[bytes], bytes] = base64.encodebytes
        self.with_chain = False
        self.in_order: Callable[[list[x509.Certificate]], list[x509.Certificate]] = list
        self._serve_tls()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def _serve_tls(self) -> None:
        """By a certificate for this address; clients may show one that the same root issued."""
        address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        made = pki.a_person(
            self.root, subject="EST", names=[], policy="", extended=None, key=pki.a_key(7),
            more=[(address, False), (usage, False)],
        )  # fmt: skip
        self.ca_file.write_bytes(self.root.pem)
        self.cert_file.write_bytes(made.pem)
        self.key_file.write_bytes(pem_of(made.key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert_file, self.key_file)
        context.load_verify_locations(self.ca_file)
        context.verify_mode = ssl.CERT_OPTIONAL
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_port}{PREFIX}"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that hangs up in the handshake

    def answer(self, asked: Asked) -> Reply:
        if self.replies:
            return self.replies.pop(0)
        if asked.path == f"{PREFIX}/cacerts":
            return self.certs_only([self.root.certificate, self.issuer.certificate])
        if asked.path != f"{PREFIX}/simpleenroll":
            return Reply(404)
        if not (asked.client or asked.headers.get("authorization") == _basic()):
            return Reply(401, headers={"WWW-Authenticate": "Basic realm=est"})
        return self.enrol(asked)

    def enrol(self, asked: Asked) -> Reply:
        if asked.headers.get("content-transfer-encoding") != "base64":  # as libest
            return Reply(400, b"Content-Transfer-Encoding missing")
        csr = x509.load_der_x509_csr(base64.b64decode(asked.body))
        (name,) = csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if name.value not in self.registered:
            return Reply(400, "Solicitação desconhecida.\n".encode())
        leaf = pki.a_person(self.issuer, key=csr, days=(-1, 364), **self.registered[name.value])
        self.issued.append(csr.public_bytes(Encoding.DER))
        chain = [self.issuer.certificate] if self.with_chain else []
        return self.certs_only([*chain, leaf.certificate])

    def certs_only(self, certificates: list[x509.Certificate]) -> Reply:
        der = pkcs7.serialize_certificates(self.in_order(certificates), Encoding.DER)
        kind = "application/pkcs7-mime; smime-type=certs-only"
        return Reply(body=self.shape(der), headers={"Content-Type": kind})


class _Handler(BaseHTTPRequestHandler):
    server: EstServer
    timeout = 5

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        shown: Any = self.connection.getpeercert()
        client = dict(one for part in (shown or {}).get("subject", ()) for one in part)
        asked = Asked(
            path=self.path, body=body, client=client.get("commonName", ""),
            headers={name.lower(): value for name, value in self.headers.items()},
        )  # fmt: skip
        self.server.asked.append(asked)
        reply = self.server.answer(asked)
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *args: object) -> None:
        pass


def pem_of(key: Any) -> bytes:
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def _basic() -> str:
    return f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
