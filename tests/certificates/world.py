"""A small ICP-Brasil on the web: a root, an authority, their lists and a responder."""

from pathlib import Path
from typing import Any

from django.conf import LazySettings

from tests.certificates import pki, web


class World:
    """A root, an authority under it, and a server with their lists and their responder."""

    def __init__(self, server: web.Web, settings: LazySettings, tmp_path: Path) -> None:
        self.server, self.settings, self.folder = server, settings, tmp_path
        self.root = pki.an_authority()
        self.issuer = pki.an_authority("AC de Teste", issuer=self.root, lists=self.url("/root.crl"))
        self.responder = pki.Responder(self.issuer)
        server.pages["/root.crl"] = pki.a_list(self.root)
        server.pages["/ac.crl"] = pki.a_list(self.issuer)
        server.pages["/ocsp"] = lambda _handler, body: self.responder.answer(body)
        self.pin(self.issuer)

    def url(self, path: str) -> str:
        return self.server.url(path)

    def pin(self, *known: pki.Made) -> None:
        (self.folder / "roots.pem").write_bytes(self.root.pem)
        (self.folder / "known.pem").write_bytes(b"".join(k.pem for k in known))
        self.settings.TRUST_ROOTS_FILE = str(self.folder / "roots.pem")
        self.settings.TRUST_INTERMEDIATES_FILE = str(self.folder / "known.pem") if known else ""

    def person(self, *, crl: bool = True, ocsp: bool = False, **more: Any) -> pki.Made:
        leaf = pki.a_person(
            self.issuer,
            lists=self.url("/ac.crl") if crl else "",
            responder=self.url("/ocsp") if ocsp else "",
            **more,
        )
        self.responder.known[leaf.certificate.serial_number] = leaf.certificate
        return leaf
