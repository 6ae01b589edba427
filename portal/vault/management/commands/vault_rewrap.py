"""Bring every sealed secret under the keyring's first key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from portal.vault.errors import VaultError, in_words
from portal.vault.keyring import keyring
from portal.vault.sealed import Source, sources
from portal.vault.services import rewrap


class Command(BaseCommand):
    help = _(
        "Wraps the data key of every secret with the first key of the ring; the secrets stay "
        "closed. May be stopped and run again, and while the portal works."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        unopened = sum(self._rewrap(source) for source in sources())
        if unopened:
            raise CommandError(
                _("%(count)s secrets could not be rewrapped; the rest was.") % {"count": unopened}
            )

    def _rewrap(self, source: Source) -> int:
        done = failed = 0
        for pk, sealed in source.not_under(keyring().first):
            try:
                done += source.replace(pk, sealed, rewrap(sealed))
            except VaultError as error:
                failed += 1
                self.stderr.write(self.style.ERROR(f"{source.name} {pk}: {in_words(error)}"))
            if done and done % 1000 == 0:
                self.stdout.write(f"{source.name}: {done}…")
        text = _("%(place)s: %(count)s rewrapped") % {"place": source.name, "count": done}
        self.stdout.write(text)
        return failed
