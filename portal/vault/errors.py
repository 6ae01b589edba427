"""What can go wrong with a secret. None of these ever carries one."""

from django.utils.translation import gettext as _


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


def in_words(error: VaultError) -> str:
    """Why a secret does not open, for whoever looks after the portal: its own text is for the log."""
    if isinstance(error, KeyMissing):
        return _("key “%(kid)s” is not in the keyring") % {"kid": error.kid}
    if isinstance(error, KeyringBroken):
        return _("there is no keyring, or it is not readable")
    return _("what was sealed was changed, or belongs elsewhere")
