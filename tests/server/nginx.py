"""A real nginx with one of our sites, started for tests."""

import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tests.racing import PATIENCE_SECONDS, wait_until


def configure(folder: Path, site: str, changes: Mapping[str, str], *, main: str = "") -> Path:
    """``deploy/<site>`` as an operator would fill it in, wrapped as /etc/nginx/nginx.conf does.

    Debian's file has whatever a site does not say otherwise logged whole.
    ``changes``: patterns that must be there, and what stands for them; ``main``: directives more.
    """
    text = (settings.BASE_DIR / "deploy" / site).read_text()
    everywhere = {
        r"listen \[::\]:.*;\n": "",
        r"/opt/balcao/deploy": str(settings.BASE_DIR / "deploy"),
        r"/var/log/nginx": str(folder),
    }
    for pattern, value in {**changes, **everywhere}.items():
        text, count = re.subn(pattern, value, text)
        assert count, f"deploy/{site} no longer has {pattern}"
    (folder / "site.conf").write_text(text)
    paths = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = folder / "nginx.conf"
    whole.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; {main}\n"
        "events {}\n"
        f"http {{ include /etc/nginx/mime.types; access_log {folder}/access.log; {paths}\n"
        f"include {folder}/site.conf; }}\n"
    )
    return whole


@contextmanager
def serving(main: Path, *, ready: Callable[[], object] = lambda: True) -> Iterator[None]:
    """nginx by the file that ``configure`` wrote, once it and what stands behind it are ``ready``."""
    checked = subprocess.run(
        ["nginx", "-t", "-c", main], check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen(["nginx", "-c", main], stderr=subprocess.DEVNULL)
    pid = main.parent / "nginx.pid"  # the check has left it empty; it is filled once nginx listens
    try:
        wait_until(lambda: pid.read_text().strip() and ready(), "nginx and what stands behind it")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
