"""Line 17: a login with a certificate, whole but for the handshake, against a bare view.

    .venv/bin/python bench/line_17_certificate_login.py [--rounds 9] [--logins 10]

Whole: the nonce (portal), the certificate judged and the ticket written (entrance), the ticket
redeemed, the person found, grants kept and the session opened (portal). CPU of this process and
of the database's. The certificate is the demonstration's e-CNPJ, its company has three units.
"""

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import ground

Application = Callable[..., object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--logins", type=int, default=10)
    options = parser.parse_args()
    with ground.servers() as environment:
        os.environ.update(environment, DEMO="1", CERTIFICATE_ENTRANCE_URL="https://localhost:8443")
        site = ground.Site(1000)
        entrance = Entrance(site)
        steps = entrance.queries()
        ours, floor, ratio = ground.median_of_pairs(
            lambda: entrance.cpu(options.logins),
            lambda: site.cpu("/nada/publico/", times=100),
            options.rounds,
        )
        ground.report(
            17, "certificate login, handshake aside", ours, floor, "≤ 90",
            median_ratio=round(ratio, 1), queries=steps, logins_per_s=round(1000 / ours),
        )  # fmt: skip


class Entrance:
    """Both servers in this process: the entrance answers with its own addresses and middleware."""

    def __init__(self, site: ground.Site) -> None:
        from django.conf import settings
        from django.core.handlers.wsgi import WSGIHandler

        from certificates import demo
        from certificates.entrance.door import views
        from certificates.entrance.door.peer import Peer
        from certificates.entrance.door.settings import overrides
        from portal.accounts import limits
        from portal.accounts.models import Company, Unit

        self.site, self.portal_urls = site, settings.ROOT_URLCONF
        changed = overrides()
        self.door_urls = changed.pop("ROOT_URLCONF")
        kept = {name: getattr(settings, name) for name in changed}
        for name, value in changed.items():
            setattr(settings, name, value)
        self.door = WSGIHandler()
        for name, value in kept.items():
            setattr(settings, name, value)
        card = demo.one("e-cnpj")
        company = Company.objects.create(name=card.company, tax_id=card.cnpj)
        for number in range(3):
            Unit.objects.create(
                company=company, code=f"E{number}", name=f"Filial {number}", cnpj=card.cnpj
            )
        peer = Peer(card.public_path.read_bytes(), proven=True)
        views.peer_of = lambda _request: peer  # what the handshake would have shown
        limits.limited = lambda *_: False  # all of these come from one address
        self.login()

    def login(self) -> None:
        """One person, from the button to the session."""
        to_door, nonce = self._ask(
            self.site.application, self.portal_urls, "/entrar/certificado/ir/"
        )
        back, _ = self._ask(self.door, self.door_urls, to_door)
        _, session = self._ask(self.site.application, self.portal_urls, back, nonce)
        if "sessao=" not in session:
            raise RuntimeError("Nobody was signed in")

    def cpu(self, times: int) -> float:
        """Milliseconds of CPU per login, this process and the database's together."""
        backend = self.site._backend()
        spent = 0.0
        for _ in range(times):
            self._end_sessions()
            before = time.process_time() + ground.cpu_of(backend)
            self.login()
            spent += time.process_time() + ground.cpu_of(backend) - before
        if self.site._backend() != backend:
            raise RuntimeError("The connection was not kept")
        return spent * 1000 / times

    @staticmethod
    def _end_sessions() -> None:
        """Each login looks through the person's other sessions: people have few of them."""
        from allauth.usersessions.models import UserSession
        from django.contrib.sessions.models import Session

        UserSession.objects.all().delete()
        Session.objects.all().delete()

    def queries(self) -> int:
        """How many statements a login makes."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self._end_sessions()
        with CaptureQueriesContext(connection) as caught:
            self.login()
        return len(caught)

    @staticmethod
    def _ask(application: Application, urls: str, url: str, cookies: str = "") -> tuple[str, str]:
        """Where the answer sends the browser, and the cookies that it sets."""
        from django.conf import settings

        settings.ROOT_URLCONF = urls
        address = urlsplit(url)
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": address.path, "QUERY_STRING": address.query,
            "SCRIPT_NAME": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "HTTP_USER_AGENT": "bench",
            "HTTP_ACCEPT_LANGUAGE": "pt-BR", "HTTP_COOKIE": cookies,
        }  # fmt: skip
        got: list[tuple[str, str]] = []

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            if not status.startswith("302"):
                raise RuntimeError(f"{address.path}: {status}")
            got.extend(headers)

        response = application(environ, start)
        response.close()  # type: ignore[attr-defined]
        plain: Mapping[str, str] = dict(got)
        made = [value.partition(";")[0] for name, value in got if name == "Set-Cookie"]
        return plain["Location"], "; ".join(made)


if __name__ == "__main__":
    main()
