"""The key-encryption keys, each named by a ``kid``; the first one seals."""

import base64
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from time import monotonic

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import DatabaseError

from portal.vault.errors import KeyMissing, KeyringBroken

KEY_BYTES = 32
KID_BYTES = 16
LOOK_AGAIN = 1.0  # seconds
_FOR_MACS = b"balcao: key for MACs, 1"  # never changes


@dataclass(frozen=True)
class Keyring:
    """Keys by name, in order. Never printed: its ``repr`` shows the names alone."""

    keys: Mapping[str, AESGCM] = field(repr=False)
    kids: tuple[str, ...]
    mac_keys: Mapping[str, bytes] = field(repr=False, default_factory=dict)

    @property
    def first(self) -> str:
        return self.kids[0]

    def key(self, kid: str) -> AESGCM:
        """The key of this name; KeyMissing without it."""
        try:
            return self.keys[kid]
        except KeyError:
            raise KeyMissing(kid) from None

    def mac_key(self, kid: str) -> bytes:
        """What is derived from the key of this name for MACs; KeyMissing without it."""
        try:
            return self.mac_keys[kid]
        except KeyError:
            raise KeyMissing(kid) from None


_last: tuple[str, Keyring, float] = ("", Keyring({}, ()), 0.0)


def keyring() -> Keyring:
    """The ring of ``VAULT_KEYRING`` or of the file, which is looked at again every second.

    Raises KeyringBroken when there is none or it cannot be understood.
    """
    where = settings.VAULT_KEYRING or settings.VAULT_KEYRING_FILE
    known, ring, until = _last
    if known == where and monotonic() < until:
        return ring
    return refreshed()


def refreshed() -> Keyring:
    """The ring as it is at this moment, for a key that another process has just added."""
    global _last  # noqa: PLW0603
    where = settings.VAULT_KEYRING or settings.VAULT_KEYRING_FILE
    ring = _parsed(where) if settings.VAULT_KEYRING else _of_file(where)
    _last = (where, ring, monotonic() + LOOK_AGAIN)
    return ring


def _of_file(path: str) -> Keyring:
    try:
        changed = Path(path).stat().st_mtime_ns
    except FileNotFoundError:
        if not settings.EMBEDDED:
            raise KeyringBroken(f"There is no keyring at {path}.") from None
        _refuse_a_second_one(path)
        _make(Path(path))
        changed = Path(path).stat().st_mtime_ns
    return _from_file(path, changed)


def new_kid(taken: Mapping[str, object]) -> str:
    """A fresh name of 8 characters."""
    while (kid := secrets.token_hex(4)) in taken:
        pass
    return kid


def new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def read_file() -> dict[str, str]:
    """The keyring file as it stands, for those who change it."""
    loaded = json.loads(Path(settings.VAULT_KEYRING_FILE).read_text())
    return {str(kid): str(key) for kid, key in loaded.items()}


def write_file(path: Path, ring: Mapping[str, str]) -> None:
    """Replace the file in one step, readable by its owner only (0400)."""
    temporary = _temporary(path, ring)
    temporary.replace(path)
    _sync_folder(path.parent)
    refreshed()


@lru_cache(maxsize=8)
def _from_file(path: str, changed: int) -> Keyring:  # noqa: ARG001  (the cache's key)
    return _parsed(Path(path).read_text())


@lru_cache(maxsize=8)
def _parsed(text: str) -> Keyring:
    try:
        ring = {kid: base64.b64decode(key, validate=True) for kid, key in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError):
        raise KeyringBroken('The keyring must be JSON: {"kid": "base64 of 32 bytes"}.') from None
    if not ring:
        raise KeyringBroken("The keyring is empty.")
    for kid, key in ring.items():
        if len(key) != KEY_BYTES:
            raise KeyringBroken(f"Key {kid!r} of the keyring is not 32 bytes long.")
        if not (kid.isascii() and kid.isprintable() and 0 < len(kid) <= KID_BYTES):
            raise KeyringBroken(f"Key names are 1 to {KID_BYTES} ASCII characters: {kid!r}.")
    return Keyring(
        keys={kid: AESGCM(key) for kid, key in ring.items()}, kids=tuple(ring),
        mac_keys={kid: hmac.digest(key, _FOR_MACS, "sha256") for kid, key in ring.items()},
    )  # fmt: skip


def _refuse_a_second_one(path: str) -> None:
    """A new ring opens nothing of what a lost one sealed, and hides that it is lost."""
    from portal.vault.sealed import kids_in_use, kids_that_prove  # noqa: PLC0415 - it stands on this module

    try:
        kids = {*kids_in_use(), *kids_that_prove()}
    except DatabaseError:  # there are no tables yet
        return
    if kids:
        raise KeyringBroken(
            f"There is no keyring at {path}, but the database holds what keys "
            f"{', '.join(sorted(kids))} have sealed or proven. Put the keyring back: docs/backup.md."
        )


def _make(path: Path) -> None:
    """A first ring; of several processes at once, one wins and the others read its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path, {new_kid({}): new_key()})
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    _sync_folder(path.parent)


def _temporary(path: Path, ring: Mapping[str, str]) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=".keyring-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(ring, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o400)
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
