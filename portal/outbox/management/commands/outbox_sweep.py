"""Send and run what waits in the outbox, without a worker."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from portal.outbox import delivery


class Command(BaseCommand):
    help = _("Does everything that is due in the outbox, here and now, as the worker's sweep does.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seconds", type=float, default=delivery.SWEEP_FOR, help=_("at most this long")
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        done = delivery.sweep(seconds=options["seconds"])
        self.stdout.write(_("%(count)s entries done") % {"count": done})
