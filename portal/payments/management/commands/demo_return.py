"""Write a return file about the demonstration's slips, to be imported."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.payments.demo import file_to_import


class Command(BaseCommand):
    help = _(
        "Writes a return file (CNAB 240) in which the demonstration's open slips are paid. Three"
        " things are wrong on purpose: one paid short, one paid twice, one that nobody knows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help=_("where to write it, e.g. var/retorno.ret"))

    def handle(self, *args: Any, path: Path, **options: Any) -> None:  # noqa: ARG002
        if not settings.DEMO:
            raise CommandError(_("This is for a demonstration (DEMO=1) only."))
        path.write_bytes(file_to_import(timezone.localdate()))
        self.stdout.write(_("Import %(path)s at /equipe/retornos/.") % {"path": path})
