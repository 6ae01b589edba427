"""A machine for docs/deploy.md: run as root inside namespaces of its own (see test_deploy_guide).

Files under /etc, /opt, /var and /usr/local/bin go to a layer in memory, the network is the machine's
own, and its processes end with it. What Debian's packages and the internet would bring is already
there, or stands in: ``systemctl`` reads our units, ``git clone`` copies this checkout.
"""

import json
import os
import re
import secrets
import shutil
import socketserver
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "script"))
import throwaway  # noqa: E402

LAYER = Path("/mnt")
SHIMS = LAYER / "shims"
LAYERED = ("/etc", "/opt", "/var/lib", "/var/log", "/usr/local/bin", "/root")
STAND_INS = {
    "apt-get": "exit 0",  # its packages are those that this machine has
    "git": f"exec {sys.executable} {__file__} clone",
    "systemctl": f'exec {sys.executable} {__file__} systemctl "$@"',
    "sudo": f'exec {sys.executable} {__file__} database "$@"',
}


def run(*command: str | Path) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def lay() -> None:
    """Put the layer over the machine's folders, and the stand-ins in front of its commands."""
    run("mount", "-t", "tmpfs", "tmpfs", LAYER)
    for name in LAYERED:
        upper, work = (LAYER / kind / name.replace("/", "_") for kind in ("upper", "work"))
        upper.mkdir(parents=True)
        work.mkdir(parents=True)
        options = f"lowerdir={name},upperdir={upper},workdir={work}"
        run("mount", "-t", "overlay", "overlay", "-o", options, name)
    run("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run")
    run("ip", "link", "set", "lo", "up")
    Path("/root").chmod(0o711)  # where Python may be: the portal's own user must reach it
    SHIMS.mkdir()
    for name, body in STAND_INS.items():
        (SHIMS / name).write_text(f"#!/bin/sh\n{body}\n")
        (SHIMS / name).chmod(0o755)
    os.environ["PATH"] = f"{SHIMS}:/usr/sbin:/usr/bin:/sbin:/bin:{os.environ.get('PATH', '')}"


def clone() -> None:
    """This checkout in /opt/balcao, with what ``script/server --set-up`` would fetch and build."""
    listed = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    git = ["/usr/bin/git", "-c", "safe.directory=*", "-C", str(ROOT)]
    names = subprocess.run([*git, *listed], check=True, capture_output=True).stdout
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).is_file():
            (Path("/opt/balcao") / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, Path("/opt/balcao") / name)
    for built in [ROOT / "static" / "dist", *ROOT.glob("locale/*/LC_MESSAGES")]:
        shutil.copytree(built, Path("/opt/balcao") / built.relative_to(ROOT), dirs_exist_ok=True)
    Path("/opt/balcao/script/server").write_text("#!/bin/sh\n")
    Path("/opt/balcao/.venv").symlink_to(LAYER / "venv")  # not chown's to change


def systemctl(command: str, *names: str) -> None:
    """Start our units as they say; have nginx read its files again."""
    if command == "reload" and names == ("nginx",):
        run("nginx", "-s", "reload")
    if command == "enable":
        for name in names:
            if not name.startswith("-"):
                _start(name)


def _start(name: str) -> None:
    unit = Path(f"/etc/systemd/system/{name}.service").read_text()
    said = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))
    user, group = said["User"], said["Group"]
    with Path(f"/var/log/{name}.log").open("wb") as log:
        subprocess.Popen(
            ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", "sh", "-c",
             f"umask {said['UMask']}; exec {said['ExecStart']}"],
            cwd=said["WorkingDirectory"], env=_environment_file(Path(said["EnvironmentFile"])),
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def _environment_file(path: Path) -> dict[str, str]:
    """As systemd reads it: no shell, quotes around a whole value are taken off."""
    found = {"PATH": "/usr/bin:/bin"}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, value = line.partition("=")
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[name] = value[1:-1] if quoted else value
    return found


def database(*command: str) -> None:
    """``sudo -u postgres createuser …``: against the PostgreSQL that was started for this."""
    import psycopg

    sql = {
        "createuser": "CREATE ROLE balcao LOGIN", "createdb": "CREATE DATABASE balcao OWNER balcao",
    }  # fmt: skip
    with psycopg.connect("postgres://postgres@127.0.0.1:5432/postgres", autocommit=True) as line:
        line.execute(sql[command[2]])


class Sink(socketserver.StreamRequestHandler):
    """A mail server that keeps what it is sent."""

    taken: list[str] = []

    def handle(self) -> None:
        self._say("220 sink")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(":")[0].split()[0].upper()
            if verb == "DATA":
                self._say("354 go on")
                text = iter(self.rfile.readline, b".\r\n")
                self.taken.append(b"".join(text).decode())
            self._say("221 bye" if verb == "QUIT" else "250 ok")
            if verb == "QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def services() -> Iterator[None]:
    """What Debian starts by itself, and somebody else's mail server."""
    (LAYER / "venv").mkdir()
    run("mount", "--bind", (ROOT / ".venv").resolve(), LAYER / "venv")
    with ExitStack() as stack:
        ports = iter((5432, 6379))
        throwaway.free_port = lambda: next(ports)
        stack.enter_context(throwaway.postgres())
        stack.enter_context(throwaway.valkey(LAYER))
        sink = stack.enter_context(socketserver.ThreadingTCPServer(("127.0.0.1", 2525), Sink))
        sink.daemon_threads = True
        run("nginx")
        threading.Thread(target=sink.serve_forever, daemon=True).start()
        yield
        sink.shutdown()


def fill_in_environment() -> None:
    """What the guide tells to fill in; every other value stays as .env.example has it."""
    path = Path("/etc/balcao/env")
    text = path.read_text()
    for name, value in {
        "SECRET_KEY": secrets.token_urlsafe(64), "EMAIL_URL": "smtp://127.0.0.1:2525",
    }.items():  # fmt: skip
        text, count = re.subn(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
        assert count == 1, name
    path.write_text(text)


def make_tls_certificate() -> None:
    folder = Path("/etc/letsencrypt/live/portal.example.com.br")
    folder.mkdir(parents=True)
    run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "2", "-subj", "/CN=portal.example.com.br", "-out", folder / "fullchain.pem",
        "-keyout", folder / "privkey.pem",
    )  # fmt: skip


def guide() -> list[str]:
    """The commands of "One server", block by block."""
    text = (ROOT / "docs" / "deploy.md").read_text()
    section = text.split("## One server")[1].split("\n### ")[0]
    return [textwrap.dedent(block) for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL)]


def follow() -> None:
    """From packages to running services; ``balcao setup`` is told its answers by flags."""
    answers = (
        "--no-input --provider-name 'Serviços do Estado S.A.' --provider-cnpj 11222333000181 "
        "--provider-email contato@exemplo.com.br --admin-name 'Olívia Torres' "
        "--admin-email olivia@exemplo.com.br"
    )
    os.environ["SETUP_PASSWORD"] = secrets.token_urlsafe(12) + "aA1!"
    for number, block in enumerate(guide()):
        said = block.replace("\nbalcao setup", f"\nbalcao setup {answers}")
        script = LAYER / f"{number}.sh"
        script.write_text(f"set -e\n{said}")
        sys.stdout.write(run("sh", script))
        if "/etc/balcao/env" in block and "cp " in block:
            fill_in_environment()
        if "createdb" in block:
            make_tls_certificate()


def main() -> None:
    lay()
    with services():
        follow()
        from tests.server.guide_visit import visit

        sys.stdout.write(json.dumps(visit(Sink.taken)) + "\n")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    parts = {"clone": clone, "systemctl": systemctl, "database": database}
    if len(sys.argv) > 1:
        parts[sys.argv[1]](*sys.argv[2:])  # type: ignore[operator]
    else:
        main()
