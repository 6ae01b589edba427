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
    "42564c316b6e6f776e0000000000000000000000e8c8e5e576299f84ee6a41e7deeb18c0ef5ef74ec3c1e863"
    "61ca05fb7e391889095d75b96a688e0d471c59c3030288af3e118c41d8c872632d249da144d68252f59734ae"
    "b69330fa3c52f40c2ad157d8c8ba6010f2f68b28e86633f5588d3e80d2627d03"
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
