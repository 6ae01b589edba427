"""System checks: the vault works, and can open everything that is in the database."""

from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from portal.vault import services
from portal.vault.errors import VaultError
from portal.vault.keyring import Keyring, keyring
from portal.vault.sealed import kids_in_use

# Sealed once with the key 00 01 … 1f under the name "known".
KNOWN_ANSWER = bytes.fromhex(
    "42564c316b6e6f776e0000000000000000000000e089393201ff7e639cd3f60e5e555347bb610a0fa0909580"
    "677efeb285492a62ac6a2c9ab56d9c2824f3e1ebe99d462f0b986353c712a3159d2bceee7c88023d35a57f2b"
    "c4ec2348e2ba5b4b3effd8a3db5fef9c811011cd204f56b6969856d1c140124d"
)


@register(Tags.database)
def vault_opens_everything(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    databases: Sequence[str] | None = None,
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Run by ``migrate`` and by ``check --database default``."""
    if not databases:
        return []
    try:
        ring = keyring()
    except VaultError as error:
        return [Error(str(error), id="vault.E001")]
    problems: list[CheckMessage] = []
    if known_answer() != b"known answer":
        problems.append(Error("The vault fails its known-answer test.", id="vault.E002"))
    return problems + _missing(ring)


def known_answer() -> bytes:
    """What the bytes sealed once open to today; anything but ``known answer`` is a defect."""
    ring = Keyring({"known": AESGCM(bytes(range(32)))}, ("known",))
    place = services._place("vault.check", "portal", "1", "answer", 1)
    try:
        return services._open(KNOWN_ANSWER, place, ring)
    except VaultError:
        return b""


def _missing(ring: Keyring) -> list[CheckMessage]:
    try:
        used = kids_in_use()
    except DatabaseError:  # the tables are not there yet
        return []
    return [
        Error(
            f"Key {kid!r} is not in the keyring; {', '.join(places)} cannot be opened.",
            hint="Put the key back into the keyring; nothing else can open these secrets.",
            id="vault.E003",
        )
        for kid, places in sorted(used.items())
        if kid not in ring.kids
    ]
