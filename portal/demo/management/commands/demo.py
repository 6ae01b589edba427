"""Load the demonstration once, and print who can log in."""

import os
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.demo import services
from portal.demo.cast import CAST, PASSWORD
from portal.taxid import format_tax_id

MOST_PROCESSES = 4  # of some 150 MB each


class Command(BaseCommand):
    help = _("Loads the demonstration, once; with --logins prints who can log in.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--logins", action="store_true", help=_("Print role, CPF, e-mail and password.")
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if not settings.DEMO:
            raise CommandError(_("This is not a demonstration (DEMO is off)."))
        if services.is_real_portal():
            raise CommandError(_("A real provider was set up here; the demonstration stays out."))
        if options["logins"]:
            self._logins()
        elif not services.is_loaded():
            self._load()

    def _load(self) -> None:
        start = time.monotonic()
        processes = min(os.cpu_count() or 1, MOST_PROCESSES)
        services.load(at=timezone.now(), tell=self._tell, processes=processes)
        seconds = time.monotonic() - start
        self._tell(_("The demonstration is there, after %(n).0f seconds.") % {"n": seconds})

    def _tell(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _logins(self) -> None:
        if not services.is_loaded():
            raise CommandError(_("The demonstration was not loaded yet: run manage.py demo."))
        for person in CAST:
            cpf = format_tax_id(person.cpf)
            self.stdout.write(f"{person.role:<42} {cpf}  {person.email:<32} {PASSWORD}")
        self.stdout.write("\n" + "\n".join(services.logins()))
