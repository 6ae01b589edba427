"""What the machine itself must have, and how to get it: apt when it may, else the exact command."""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass


def _library(*names: str) -> Callable[[], bool]:
    def present() -> bool:
        try:
            for name in names:
                ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return present


def _program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


@dataclass(frozen=True)
class Need:
    """A Debian package, how to see that what it brings is there, and what stops without it."""

    package: str
    present: Callable[[], bool]
    without: str
    required: bool = True


TO_MAKE_VENV = Need(
    "python3-venv",
    lambda: importlib.util.find_spec("ensurepip") is not None,
    "no place to install Python packages",
)
TO_SERVE = (
    Need("libpango-1.0-0", _library("libpango-1.0.so.0"), "no PDF can be made"),
    Need("libpangoft2-1.0-0", _library("libpangoft2-1.0.so.0"), "no PDF can be made"),
    Need("libharfbuzz-subset0", _library("libharfbuzz-subset.so.0"), "no PDF can be made"),
    Need("fontconfig", _program("fc-list"), "no PDF can be made"),
    Need("flite", _program("flite"), "the security code cannot be heard", required=False),
    Need("sox", _program("sox"), "the spoken security code has no noise", required=False),
)
TO_TEST = (
    Need("chromium", _program("chromium"), "no browser tests", required=False),
    Need(
        "dovecot-imapd", _program("dovecot", "/usr/sbin/dovecot"), "no test of IMAP", required=False
    ),
    Need("libatomic1", _library("libatomic.so.1"), "no browser tests", required=False),
    Need("gettext", _program("xgettext"), "translations cannot be checked", required=False),
    Need("libnss3-tools", _program("certutil"), "pdfsig cannot judge trust", required=False),
    Need("nginx", _program("nginx", "/usr/sbin/nginx"), "no test of nginx", required=False),
    Need("poppler-utils", _program("pdfsig"), "no second opinion on PDFs", required=False),
)


def install_missing(needs: Iterable[Need]) -> None:
    """Install what is missing. Ends the program, naming the command, when it may not and must."""
    missing = [need for need in needs if not need.present()]
    if not missing:
        return
    if _install([need.package for need in missing]):
        missing = [need for need in missing if not need.present()]
    for need in missing:
        print(f"Missing {need.package}: {need.without}.", file=sys.stderr)
    if missing:
        packages = " ".join(need.package for need in missing)
        print(
            "On Debian or Ubuntu:\n\n"
            "    sudo apt-get update && "
            f"sudo apt-get install -y --no-install-recommends {packages}\n\n"
            "Elsewhere, install what your system calls these.",
            file=sys.stderr,
        )
    if any(need.required for need in missing):
        raise SystemExit("Then start again.")


def _install(packages: list[str]) -> bool:
    """Whether apt could be asked and installed them."""
    if not shutil.which("apt-get"):
        return False
    rights: list[str] = []
    if os.geteuid() != 0:
        rights = ["sudo", "-n"]
        if not shutil.which("sudo") or subprocess.run([*rights, "true"], check=False).returncode:
            return False
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    apt = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [*apt, *command], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode:
            print(done.stdout.decode(errors="replace"), file=sys.stderr)
            return False
    importlib.invalidate_caches()
    return True
