"""deploy/nginx-certificado.conf in a real nginx, before a real entrance on a Unix socket."""

import re
import shutil
import socket
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.racing import PATIENCE_SECONDS, wait_until
from tests.server.entrance import DOOR, Answer, World, path_of, running
from tests.server.nginx import configure, serving
from tests.server.stack import free_port

pytestmark = [
    pytest.mark.server(desk="certificates"),
    pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed"),
]

TESTED = "/teste/"


@dataclass
class Behind:
    """The portal's world, its entrance behind nginx, and the entrance's own socket."""

    world: World
    port: int
    socket: Path

    def at_door(self, path: str, who: Path | None = None, **more: object) -> Answer:
        return self.world.at_door(path, who, port=self.port, host="localhost", **more)  # type: ignore[arg-type]


def _configure(world: World, folder: Path, port: int, upstream: Path) -> Path:
    live = r"/etc/letsencrypt/live/certificado\.portal\.example\.com\.br"
    changes = {
        r"listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        r"server unix:/run/balcao-entrance/socket;": f"server unix:{upstream};",
        rf"{live}/fullchain.pem": str(world.people / "servidor.pem"),
        rf"{live}/privkey.pem": str(world.people / "servidor-chave.pem"),
        r"/etc/balcao/entrance-authorities.pem": f"{folder}/authorities.pem",
        r"certificado\.portal\.example\.com\.br": "localhost",
        r"/opt/balcao/collected/": f"{world.folder}/var/static/",
    }
    # Its workers read the socket: they stay whoever runs the tests.
    return configure(folder, "nginx-certificado.conf", changes, main="user root;")


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory, peopled_var: Path) -> Iterator[Behind]:
    short = tempfile.TemporaryDirectory(prefix="balcao-")  # a socket's path has 107 characters
    folder, port = Path(short.name), free_port()
    line = folder / "door" / "socket"
    line.parent.mkdir(mode=0o750)
    with short, running(
        tmp_path_factory.mktemp("nginx-entrance"), peopled_var,
        ENTRANCE_PROXY="1", ENTRANCE_BIND=f"unix:{line}", TRUSTED_PROXIES="1",
        CERTIFICATE_ENTRANCE_URL=f"https://localhost:{port}",
    ) as world:  # fmt: skip
        world.manage("entrance_bundle", str(folder / "authorities.pem"))
        world.start(*DOOR)
        main = _configure(world, folder, port, line)
        with serving(main, ready=line.exists):
            yield Behind(world, port, line)


def test_a_certificate_opens_a_session_through_nginx(behind: Behind) -> None:
    world = behind.world
    path, cookies = world.begin()
    sent_back = behind.at_door(path, world.pem_of("e-cnpj"))
    assert sent_back.status == 302, sent_back.body
    assert sent_back.location.startswith(f"http://127.0.0.1:{world.port}/entrar/certificado/volta/")
    entered = world.portal(path_of(sent_back.location), cookies)
    assert "sessao" in entered.cookies
    assert "Filial 1" in world.portal(entered.location, entered.cookies).body


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("vencido", "expired"),
        ("revogado", "revoked"),
        ("selo", "seal"),
        ("so-servidor", "server_certificate"),
        ("servidor-e-cliente", "server_certificate"),
    ],
)
def test_what_nginx_refuses_gets_a_page_in_plain_words(
    behind: Behind, slug: str, reason: str
) -> None:
    path, _ = behind.world.begin()
    for asked, status in ((path, 403), (TESTED, 200)):
        answer = behind.at_door(asked, behind.world.pem_of(slug))
        assert (answer.status, answer.reason) == (status, reason), answer.body
        assert "location" not in answer.headers


def test_an_unknown_authority_is_named_as_that(behind: Behind) -> None:
    path, _ = behind.world.begin()
    answer = behind.at_door(path, behind.world.stranger())
    assert (answer.status, answer.reason) == (403, "unknown_authority")
    assert behind.at_door(TESTED, behind.world.stranger()).reason == "unknown_authority"


def test_somebody_without_a_certificate_gets_the_entrance_s_page(behind: Behind) -> None:
    path, _ = behind.world.begin()
    answer = behind.at_door(path)
    assert (answer.status, answer.reason) == (403, "not_sent")


def _claims(behind: Behind, verified: str = "SUCCESS", value: str = "") -> dict[str, str]:
    der = (behind.world.people / "e-cpf.cer").read_bytes()
    value = value or quote(ssl.DER_cert_to_PEM_cert(der), safe="")
    return {"X-Certificate": value, "X-Certificate-Verify": verified}


def test_what_a_client_claims_to_have_shown_is_overwritten(behind: Behind) -> None:
    path, _ = behind.world.begin()
    assert behind.at_door(path, headers=_claims(behind)).reason == "not_sent"
    refused = behind.at_door(path, behind.world.pem_of("vencido"), headers=_claims(behind))
    assert refused.reason == "expired"
    underscores = {k.replace("-", "_"): v for k, v in _claims(behind).items()}
    assert behind.at_door(path, headers=underscores).reason == "not_sent"


def _over_the_socket(behind: Behind, path: str, headers: dict[str, str]) -> str:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close",
             "X-Forwarded-Proto: https", *(f"{k}: {v}" for k, v in headers.items())]  # fmt: skip
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(PATIENCE_SECONDS)
        line.connect(str(behind.socket))
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        parts = []
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts).decode()


def test_only_what_nginx_found_sound_opens_anything(behind: Behind) -> None:
    """Over the socket itself, as nginx speaks: FAILED, NONE and placeholders open nothing."""
    path, _ = behind.world.begin()
    assert " 302 " in _over_the_socket(behind, path, _claims(behind)).splitlines()[0]
    for verified in ("FAILED:unable to verify the first certificate", "NONE", "", "success"):
        answer = _over_the_socket(behind, path, _claims(behind, verified))
        assert " 403 " in answer.splitlines()[0], verified
    for value in ("{http.request.tls.client.certificate_pem}", "(null)", "-", "%00", "MIIB"):
        answer = _over_the_socket(behind, path, _claims(behind, value=value))
        assert 'data-reason="not_sent"' in answer, value


def test_the_socket_is_closed_to_strangers(behind: Behind) -> None:
    assert behind.socket.stat().st_mode & 0o007 == 0


def test_an_entrance_on_a_port_believes_no_header(behind: Behind) -> None:
    """ENTRANCE_PROXY is for a socket: over TCP anybody of the machine could speak as nginx."""
    world, port = behind.world, free_port()
    world.start(*DOOR, ENTRANCE_BIND=f"127.0.0.1:{port}")
    wait_until(lambda: _listens(port), "the other entrance", state=world.said)
    path, _ = world.begin()
    answer = world.at_door(path, port=port, headers=_claims(behind))
    assert answer.reason == "not_sent"


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_pages_say_that_they_are_not_to_be_kept_and_the_style_sheet_loads(behind: Behind) -> None:
    page = behind.at_door(TESTED)
    assert "no-store" in page.headers["cache-control"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for sheet in re.findall(r'rel="stylesheet" href="([^"]+)"', page.body):
        assert behind.at_door(sheet).status == 200
