"""A real dovecot on loopback, versions 2.3 and 2.4, and a token server that it asks."""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.racing import PATIENCE_SECONDS, wait_until
from tests.token_server import Tokens

PROGRAM = shutil.which("dovecot") or shutil.which("/usr/sbin/dovecot")
PASSWORD = "Balcao2026x"
_COMMON = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
protocols = imap
ssl = no
auth_mechanisms = plain login xoauth2
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
first_valid_gid = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service imap-hibernate {{
  unix_listener imap-hibernate {{
    mode = 0
  }}
}}
"""
_OLD = """
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""
_NEW = """
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
passdb passwd-file {{
  passwd_file_path = {folder}/users
  default_password_scheme = PLAIN
}}
oauth2 {{
  introspection_mode = auth
  introspection_url = {tokens}/look
  oauth2_username_attribute = email
  oauth2_active_attribute = active
  oauth2_active_value = true
}}
passdb oauth2 {{
  mechanisms_filter = xoauth2
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
"""
_OAUTH2 = """introspection_mode = auth
introspection_url = {tokens}/look
username_attribute = email
active_attribute = active
active_value = true
"""


class Dovecot:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.count = folder, port, 0

    def deliver(self, raw: bytes, name: str, user: str = "os@provedor.example") -> None:
        """Put a mail into a user's maildir, as a mail server does. The names give the order."""
        box = self.folder / "mail" / user
        for part in ("tmp", "new", "cur"):
            (box / part).mkdir(parents=True, exist_ok=True)
            box.chmod(0o777)
            (box / part).chmod(0o777)
        (box / "tmp" / name).write_bytes(raw)
        (box / "tmp" / name).rename(box / ("cur" if ":" in name else "new") / name)

    def forget(self, user: str = "os@provedor.example") -> None:
        """Another UIDVALIDITY: as after a mailbox was restored or moved."""
        for index in (self.folder / "mail" / user).glob("dovecot*"):
            index.unlink()
        self.count += 1
        if self.mails(user):
            head = f"3 V{10_000 + self.count} N1\n"
            (self.folder / "mail" / user / "dovecot-uidlist").write_text(head)
            (self.folder / "mail" / user / "dovecot-uidlist").chmod(0o666)

    def mails(self, user: str = "os@provedor.example") -> list[Path]:
        box = self.folder / "mail" / user
        return sorted([*(box / "new").glob("*"), *(box / "cur").glob("*")])

    def empty(self) -> None:
        for path in self.mails():
            path.unlink()
        self.forget()

    def said(self) -> str:
        log = self.folder / "log"
        return log.read_text() if log.exists() else ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(tokens: Tokens) -> Iterator[Dovecot]:
    """dovecot with a user by password and the same by a token, once it takes connections."""
    # Not below pytest's folders: dovecot's users of less power may not enter them.
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as folder:
        yield from _serving(Path(folder), tokens)


def _serving(folder: Path, tokens: Tokens) -> Iterator[Dovecot]:
    assert PROGRAM
    version = subprocess.run(
        [PROGRAM, "--version"], capture_output=True, text=True, check=True
    ).stdout
    is_new = tuple(map(int, version.split()[0].split(".")[:2])) >= (2, 4)
    port = free_port()
    # As root it wants a user of less power for mail.
    owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    me = pwd.getpwuid(os.getuid())
    internal = me if os.getuid() else pwd.getpwnam("dovenull")
    values = {
        "folder": folder, "port": port, "tokens": tokens.url, "uid": owner.pw_uid, "gid": owner.pw_gid,
        "user": internal.pw_name, "group": _group(internal.pw_gid),
    }  # fmt: skip
    (folder / "users").write_text(f"os@provedor.example:{{PLAIN}}{PASSWORD}\n")
    (folder / "oauth2.conf").write_text(_OAUTH2.format(**values))
    text = (_COMMON + (_NEW if is_new else _OLD)).format(**values)
    if is_new:
        plain = version.split()[0].partition("-")[0]  # without Debian's revision
        text = f"dovecot_config_version = {plain}\ndovecot_storage_version = {plain}\n{text}"
    (folder / "dovecot.conf").write_text(text)
    (folder / "mail").mkdir()
    for path in (folder, folder / "mail"):
        path.chmod(0o777)
    process = subprocess.Popen(
        [PROGRAM, "-F", "-c", folder / "dovecot.conf"], stderr=subprocess.PIPE
    )
    found = Dovecot(folder, port)
    try:
        wait_until(lambda: _listens(port), "dovecot", state=found.said)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def _group(gid: int) -> str:
    return grp.getgrgid(gid).gr_name


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as probe:
            return probe.recv(4).startswith(b"* OK")
    except OSError:
        return False
