"""What can go wrong with a secret. None of these ever carries one."""


class VaultError(Exception):
    """A secret cannot be sealed or opened."""


class KeyringBroken(VaultError):
    """There is no usable keyring."""


class KeyMissing(VaultError):
    """The key that a secret is sealed with is not in the keyring."""

    def __init__(self, kid: str) -> None:
        super().__init__(f"Key {kid!r} is not in the keyring.")
        self.kid = kid


class Tampered(VaultError):
    """The bytes were changed, or belong to another row, field, tenant or version."""
