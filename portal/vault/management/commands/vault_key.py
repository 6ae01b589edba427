"""The vault's keys: list them, add one, drop one that nothing needs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from portal.vault.keyring import keyring, new_key, new_kid, read_file, write_file
from portal.vault.sealed import kids_in_use, kids_that_prove


class Command(BaseCommand):
    help = _(
        "list: the keys and what is sealed with them. add: a new key, which seals from now on; "
        "then run vault_rewrap. drop KID: take out a key that nothing needs any more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", "add", "drop"])
        parser.add_argument("kid", nargs="?", help=_("the key to drop"))

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        {"list": self._list, "add": self._add, "drop": self._drop}[options["action"]](
            options["kid"]
        )

    def _list(self, kid: str | None) -> None:  # noqa: ARG002
        ring, used = keyring(), kids_in_use()
        for name in ring.kids:
            places = ", ".join(used.get(name, [])) or _("nothing")
            does = _("seals") if name == ring.first else _("opens")
            self.stdout.write(f"{name}\t{does}\t{places}")
        for name in sorted(set(used) - set(ring.kids)):
            missing = _("MISSING")
            self.stdout.write(self.style.ERROR(f"{name}\t{missing}\t{', '.join(used[name])}"))

    def _add(self, kid: str | None) -> None:  # noqa: ARG002
        if settings.VAULT_KEYRING:
            self.stdout.write(f'"{new_kid(keyring().keys)}": "{new_key()}"')
            self.stderr.write(
                _("VAULT_KEYRING is in the environment: put this pair in front there.")
            )
            return
        keyring()  # embedded: makes the file if this is its first use
        ring = read_file()
        fresh = new_kid(ring)
        self._write({fresh: new_key(), **ring})
        self.stdout.write(
            _("%(key)s seals from now on. Run vault_rewrap to bring the others under it.")
            % {"key": fresh}
        )

    def _drop(self, kid: str | None) -> None:
        if not kid or kid not in keyring().kids:
            raise CommandError(_("There is no key %(key)s.") % {"key": kid})
        if kid == keyring().first:
            raise CommandError(_("This key seals. Add another one first."))
        if places := kids_in_use().get(kid):
            raise CommandError(
                _("%(key)s is still needed by %(places)s. Run vault_rewrap first.")
                % {"key": kid, "places": ", ".join(places)}
            )
        if settings.VAULT_KEYRING:
            raise CommandError(
                _("VAULT_KEYRING is in the environment: nothing needs this key, drop it there.")
            )
        self._write({name: key for name, key in read_file().items() if name != kid})
        text = _("%(key)s was dropped. Backups made before vault_rewrap still need it.")
        self.stdout.write(text % {"key": kid})
        if places := kids_that_prove().get(kid):
            text = _("It proved %(places)s: what to do with the noted heads is in docs/backup.md.")
            self.stdout.write(text % {"places": ", ".join(places)})

    def _write(self, ring: Mapping[str, str]) -> None:
        write_file(Path(settings.VAULT_KEYRING_FILE), ring)
